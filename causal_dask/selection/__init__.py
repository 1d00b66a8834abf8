"""Many candidates in one graph: which learner, which base models."""
