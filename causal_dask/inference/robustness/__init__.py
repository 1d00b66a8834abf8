"""What could be wrong: missed confounders, placebos, other samples."""
