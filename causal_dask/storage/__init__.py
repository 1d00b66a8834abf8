"""Finished results and drawn seeds in files, found by key. Knows no scheduler."""
