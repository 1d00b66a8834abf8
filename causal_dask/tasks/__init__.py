"""Top-level pure functions that run on workers: folds, rows, models, scores."""
