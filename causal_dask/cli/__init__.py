"""The command line: ``causal-dask``, and ``dask causal``. Each command asks ``jobs`` and prints."""
