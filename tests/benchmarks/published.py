"""What Nie & Wager (2021) report for n = 500, d = 6, sigma = 1 with the lasso, and its order."""

PUBLISHED = {
    "A": {"S": 0.21, "T": 0.27, "X": 0.16, "R": 0.10},
    "B": {"S": 0.44, "T": 0.66, "X": 0.38, "R": 0.43},
    "C": {"S": 0.33, "T": 1.18, "X": 0.29, "R": 0.10},
    "D": {"S": 0.77, "T": 0.66, "X": 0.75, "R": 0.81},
}

ORDERS = [
    *[("A", "R", "X"), ("A", "X", "S"), ("A", "S", "T")],
    *[("B", "X", "T"), ("B", "R", "T"), ("B", "S", "T")],
    *[("C", "R", "X"), ("C", "R", "S"), ("C", "X", "T"), ("C", "S", "T")],
]
"""(setup, learner that errs less, learner that errs more); X against S in C is open."""
