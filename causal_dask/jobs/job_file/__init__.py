"""Job files: what they may contain, how they are read and how their mistakes are reported."""
