"""Import pyarrow, an optional dependency, when it is first needed."""

from __future__ import annotations

import importlib
from typing import Any

from causal_dask.errors import MissingExtra


def pyarrow() -> Any:
    """The package with its submodules that are used here; raises if it is not installed."""
    try:
        for part in ("compute", "csv", "dataset", "ipc", "parquet"):
            importlib.import_module(f"pyarrow.{part}")
    except ImportError as error:
        raise MissingExtra.named("pyarrow", "parquet") from error
    return importlib.import_module("pyarrow")
