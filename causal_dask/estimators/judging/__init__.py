"""A fitted learner judged and averaged: evaluation, scores, average effects."""
