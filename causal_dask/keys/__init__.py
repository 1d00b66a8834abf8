"""Fingerprints by content: of values, functions, models and tables. Knows no nodes."""
