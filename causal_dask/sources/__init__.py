"""Tables that are not in memory as a whole: in files, or in parts. Knows no scheduler."""
