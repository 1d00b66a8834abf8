"""Nodes keyed by content, ways over them, and what is noted of them. Knows nothing of causality."""
