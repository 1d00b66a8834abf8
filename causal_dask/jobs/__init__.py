"""Jobs: from a job file, which says what to estimate from which data, to a folder of results."""
