"""Fitted learners as one HTML page: what was found, for whom, and whether it can be trusted."""
