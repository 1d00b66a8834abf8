"""What "the same content" means: fingerprints of values, functions, models and tables."""
