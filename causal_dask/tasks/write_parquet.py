"""Estimates written into Parquet files by the workers that made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from causal_dask.declared import task
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.sources.whole_file import whole_file
from causal_dask.tasks.rows import Array


@task("write_part")
def write_part(
    values: Array, path: str, names: Sequence[str], rows: tuple[int, int] | None = None
) -> int:
    """Write rows into a file, which exists whole or not at all, and return their number."""
    chosen = values if rows is None else values[slice(*rows)]
    columns = np.ascontiguousarray(chosen.reshape(len(chosen), -1).T)
    table = pyarrow().table(dict(zip(names, columns, strict=True)))
    with whole_file(Path(path)) as file:
        pyarrow().parquet.write_table(table, file)
    return len(chosen)
