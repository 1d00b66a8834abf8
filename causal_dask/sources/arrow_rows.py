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
    """The table with columns whose dtypes do not depend on the rows that are taken."""
    for position, field in enumerate(table.schema):
        column = with_fixed_dtype(table.column(position))
        if column.type != field.type:
            table = table.set_column(position, field.name, column)
    return table


def with_fixed_dtype(column: Any) -> Any:
    """Numbers in a type that models take, and pandas reads in the same dtype from any rows.

    Whole numbers and truth values that miss values are floats, as are decimals and columns in which
    all is missing.
    """
    arrow = pyarrow()
    of, kind = arrow.types, column.type
    if of.is_float16(kind):
        return column.cast(arrow.float32())
    has_gaps = column.null_count and (of.is_integer(kind) or of.is_boolean(kind))
    if not has_gaps and not of.is_decimal(kind) and not of.is_null(kind):
        return column
    numbers = column.cast(arrow.int8()) if of.is_boolean(kind) else column
    return numbers.cast(arrow.float64(), safe=False)
