"""Tables of a job: files are opened and checked, and their columns become arguments of ``fit``."""
