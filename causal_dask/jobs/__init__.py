"""Jobs: what a file asks to be estimated, from which data, where; and the folder of its results."""
