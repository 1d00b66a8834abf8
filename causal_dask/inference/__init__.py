"""What follows from the scores of a fitted learner, with intervals and tests."""
