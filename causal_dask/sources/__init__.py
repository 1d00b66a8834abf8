"""Tables that are not wholly in memory: in files, or in partitions. Knows no scheduler."""
