"""Finished results and drawn seeds in files, by key. Knows no scheduler."""
