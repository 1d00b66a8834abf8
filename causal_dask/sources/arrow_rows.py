"""A table of mixed columns (text, categories, numbers) in an Arrow file mapped into memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from causal_dask.sources.handle import FileFor, Handle
from causal_dask.sources.lazy import LazyTable, Rows
from causal_dask.sources.pyarrow import pyarrow


@dataclass(frozen=True, slots=True, eq=False)
class ArrowRows(LazyTable):
    """An Arrow table; its rows come as a pandas frame."""

    table: Any

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.table.num_rows, self.table.num_columns

    def frame(self, rows: Rows, features: tuple[int, ...] | None) -> Any:
        """Some rows and columns, as pandas would read them."""
        table = self.table if features is None else self.table.select(list(features))
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(table.num_rows)
            table = table.slice(start, stop - start)
        elif isinstance(rows, np.ndarray):
            table = table.take(pyarrow().array(rows))
        return table.to_pandas(use_threads=False)


@dataclass(frozen=True, slots=True)
class ArrowFile(Handle):
    """The handle of an Arrow table in a file."""

    path: str

    @property
    def name(self) -> str:
        """The path of the file."""
        return self.path

    def is_there(self) -> bool:
        """Whether the file still exists."""
        return Path(self.path).exists()

    def open(self, file_for: FileFor) -> ArrowRows:
        """The table, mapped into memory; rows are read when they are asked for."""
        del file_for
        arrow = pyarrow()
        stream = arrow.ipc.open_stream(arrow.memory_map(self.path))
        table = stream.read_all().unify_dictionaries().replace_schema_metadata(None)
        return ArrowRows(_with_fixed_dtypes(table))


def _with_fixed_dtypes(table: Any) -> Any:
    """The table with integer columns that miss values as floats, as pandas would read them.

    Otherwise the dtype of such a column would depend on the rows that are taken.
    """
    arrow = pyarrow()
    for position, field in enumerate(table.schema):
        column = table.column(position)
        if arrow.types.is_integer(field.type) and column.null_count:
            table = table.set_column(position, field.name, column.cast(arrow.float64()))
    return table
