"""Content-addressed nodes and the Dask collection made of them. Knows nothing of causality."""
