"""Clusters: starting or joining one, checking it, sending data to it, running a plan on it."""
