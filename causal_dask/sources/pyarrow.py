"""The optional package that reads files, imported when it is needed."""

from __future__ import annotations

import importlib
from typing import Any

from causal_dask.errors import MissingExtra


def pyarrow() -> Any:
    """The package, with the parts of it that are used here."""
    try:
        for part in ("compute", "dataset", "ipc", "parquet"):
            importlib.import_module(f"pyarrow.{part}")
    except ImportError as error:
        raise MissingExtra.named("pyarrow", "parquet") from error
    return importlib.import_module("pyarrow")
