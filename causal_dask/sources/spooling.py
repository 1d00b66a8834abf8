"""Write batches of rows to a file that can be mapped into memory: a NumPy or an Arrow file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from causal_dask.sources.pyarrow import pyarrow


def write_numbers(
    file: BinaryIO, batches: Iterable[Any], shape: tuple[int, int], dtype: np.dtype[Any]
) -> None:
    """Write an .npy file in C order from batches of numeric columns."""
    write_rows(file, (_rows(batch, dtype) for batch in batches), shape, dtype)


def write_rows(
    file: BinaryIO,
    pieces: Iterable[np.ndarray[Any, Any]],
    shape: tuple[int, int],
    dtype: np.dtype[Any],
) -> None:
    """Write an .npy file from arrays of some rows each."""
    head = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, head)
    file.writelines(piece.data for piece in pieces)


def write_columns(file: BinaryIO, batches: Iterable[Any], schema: Any) -> None:
    """Write an Arrow stream; categories may differ from batch to batch."""
    arrow = pyarrow()
    with arrow.ipc.new_stream(file, schema) as stream:
        for batch in batches:
            stream.write_batch(batch)


def columns_of(batches: Iterable[Any], names: Sequence[str]) -> dict[str, Any]:
    """Some columns as arrays, by name, with the values that a pandas frame would have."""
    frame = frame_of(batch.select(list(names)) for batch in batches)
    pyarrow().default_memory_pool().release_unused()
    return {name: frame[name].to_numpy() for name in names}


def frame_of(batches: Iterable[Any]) -> pd.DataFrame:
    """Rows as pandas would read them, ignoring metadata that pandas may have added."""
    table = pyarrow().Table.from_batches(list(batches)).replace_schema_metadata(None)
    return table.unify_dictionaries().to_pandas()


def _rows(batch: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The numbers of a batch in the order of its rows; missing ones are NaN."""
    rows = np.empty((batch.num_rows, batch.num_columns), dtype)
    for position, column in enumerate(batch.columns):
        rows[:, position] = column.to_numpy(zero_copy_only=False)
    return rows
