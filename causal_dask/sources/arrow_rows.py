"""Columns of several kinds (words, categories, numbers) in an Arrow file that is mapped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from causal_dask.sources.handle import Handle, Place
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
        """Some rows and columns, as pandas would have read them."""
        table = self.table if features is None else self.table.select(list(features))
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(table.num_rows)
            table = table.slice(start, stop - start)
        elif isinstance(rows, np.ndarray):
            table = table.take(pyarrow().array(rows))
        return table.to_pandas(use_threads=False)


@dataclass(frozen=True, slots=True)
class ArrowFile(Handle):
    """The handle of such a table."""

    path: str

    @property
    def name(self) -> str:
        """The file's."""
        return self.path

    def is_there(self) -> bool:
        """Whether the file has not been deleted."""
        return Path(self.path).exists()

    def opened(self, place: Place) -> ArrowRows:
        """The table; what is not read stays in the file."""
        del place
        arrow = pyarrow()
        stream = arrow.ipc.open_stream(arrow.memory_map(self.path))
        table = stream.read_all().unify_dictionaries().replace_schema_metadata(None)
        return ArrowRows(_with_one_dtype_each(table))


def _with_one_dtype_each(table: Any) -> Any:
    """The table with whole numbers as floats where some are missing, as pandas has them: a column's
    dtype must not depend on the rows that are taken.
    """
    arrow = pyarrow()
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if arrow.types.is_integer(field.type) and column.null_count:
            table = table.set_column(place, field.name, column.cast(arrow.float64()))
    return table
