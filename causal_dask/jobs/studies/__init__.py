"""Studies that a file describes: read, run on a cluster or in a batch queue, reported."""
