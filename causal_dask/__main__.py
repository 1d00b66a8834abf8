"""The command line: ``python -m causal_dask``."""

from causal_dask.cli.main import main

if __name__ == "__main__":
    main()
