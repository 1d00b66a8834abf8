"""A fitted learner in a folder, and back."""
