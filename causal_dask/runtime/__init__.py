"""Where and how a plan runs. Knows nodes and keys, not learners."""
