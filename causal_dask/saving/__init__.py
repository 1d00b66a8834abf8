"""Save a fitted learner in a folder, and load it again."""
