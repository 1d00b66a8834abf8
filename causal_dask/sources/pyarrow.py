"""Import pyarrow, an optional dependency, when it is first needed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from causal_dask.errors import MissingExtra


def pyarrow() -> Any:
    """The package with its submodules that are used here; raises if it is not installed."""
    try:
        for part in ("compute", "csv", "dataset", "ipc", "parquet"):
            importlib.import_module(f"pyarrow.{part}")
    except ImportError as error:
        raise MissingExtra.named("pyarrow", "parquet") from error
    return importlib.import_module("pyarrow")


def write_frame(frame: pd.DataFrame, file: Path | BinaryIO) -> None:
    """Write a frame as Parquet; equal frames give equal files."""
    arrow = pyarrow()
    arrow.parquet.write_table(arrow.Table.from_pandas(frame, preserve_index=False), file)
