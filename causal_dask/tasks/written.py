"""Estimates written into Parquet files by the workers that made them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from causal_dask.sources.packages import pyarrow
from causal_dask.tasks.rows import Array


def write_part(
    values: Array, path: str, names: Sequence[str], rows: tuple[int, int] | None = None
) -> int:
    """The number of rows that are in the file now, which is there whole or not at all."""
    chosen = values if rows is None else values[slice(*rows)]
    columns = np.ascontiguousarray(chosen.reshape(len(chosen), -1).T)
    table = pyarrow().table(dict(zip(names, columns, strict=True)))
    unnamed = Path(path).with_name(f".{uuid.uuid4().hex}.part")
    try:
        pyarrow().parquet.write_table(table, unnamed)
        unnamed.replace(path)
    finally:
        unnamed.unlink(missing_ok=True)
    return len(chosen)
