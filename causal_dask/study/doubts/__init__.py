"""What looks like a mistake in the data of a fit, and is told."""
