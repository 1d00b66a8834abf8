"""Jobs that fit the same learners to each of several tables, and pool their average effects."""
