"""Base models: made from arguments, checked, given columns, threads and a guess at their cost."""
