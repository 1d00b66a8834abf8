"""How a graph runs: as a Dask collection, in which order, under which caps, drawn and described."""
