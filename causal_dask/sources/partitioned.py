"""A table in partitions, from which a task takes the rows that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.sources.handle import FileFor, Handle
from causal_dask.sources.lazy import LazyTable, Rows
from causal_dask.sources.mapped import Mapped
from causal_dask.sources.spooling import write_rows

Array = np.ndarray[Any, Any]

PIECE = 1 << 14
"""Rows that are copied at once, so that intermediate copies take little memory."""


@dataclass(frozen=True, eq=False)
class Partitioned(LazyTable):
    """Partitions in the order of their rows: arrays, or frames with the columns ``names``."""

    parts: Sequence[Any]
    names: tuple[Any, ...] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        n_columns = self.parts[0].shape[1] if self.names is None else len(self.names)
        return int(self.starts[-1]), n_columns

    @cached_property
    def starts(self) -> Array:
        """The first row number of each partition, and the number of all rows."""
        return np.cumsum([0, *(len(part) for part in self.parts)])

    @cached_property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of the table if all of it are numbers of one dtype, else None."""
        found = {dtype for part in self.parts for dtype in self._dtypes(part)}
        dtype = found.pop() if len(found) == 1 else None
        return dtype if isinstance(dtype, np.dtype) and dtype.kind in "biuf" else None

    def frame(self, rows: Rows, features: tuple[int, ...] | None) -> Any:
        """Some rows, in ascending order, and some columns."""
        numbers = _numbers(rows, self.shape[0])
        columns = range(self.shape[1]) if features is None else features
        if self.dtype is None:
            pieces = [self._cut(part, own, columns) for _, part, own in self._pieces(numbers)]
            return pd.concat(pieces, ignore_index=True)
        found = np.empty((len(numbers), len(columns)), self.dtype)
        for position, part, own in self._pieces(numbers):
            found[position] = self._cut(part, own, columns)
        if self.names is None:
            return found
        return pd.DataFrame(found, columns=pd.Index([self.names[c] for c in columns]), copy=False)

    def spool(self, name: str, file_for: FileFor) -> Handle | None:
        """The handle of a file with all rows; None if they are not numbers of one dtype."""
        dtype = self.dtype
        if dtype is None:
            return None
        path = file_for(
            name, ".npy", lambda f: write_rows(f, self._whole_parts(), self.shape, dtype)
        )
        return Mapped(str(path), None if self.names is None else pd.Index(self.names))

    def _whole_parts(self) -> Iterator[Array]:
        """The numbers of each partition in C order."""
        for part in self.parts:
            rows = self._cut(part, np.arange(len(part)), range(self.shape[1]))
            yield np.ascontiguousarray(rows, self.dtype)

    def _pieces(self, numbers: Array) -> Iterator[tuple[slice, Any, Array]]:
        """Some rows, a few at a time: where they go, their partition, and their numbers in it."""
        bounds = np.searchsorted(numbers, self.starts).tolist()
        for number, part in enumerate(self.parts):
            first, last = bounds[number], bounds[number + 1]
            # No rows at all give one empty piece a partition, so that the frame gets its columns.
            for start in range(first, last, PIECE) if len(numbers) else [0]:
                position = slice(start, min(start + PIECE, last))
                yield position, part, numbers[position] - self.starts[number]

    def _cut(self, part: Any, rows: Array, columns: Sequence[int]) -> Any:
        if self.names is None:
            whole = len(columns) == part.shape[1]
            return part[rows] if whole else part[np.ix_(rows, np.asarray(columns))]
        return part.iloc[rows][[self.names[column] for column in columns]]

    def _dtypes(self, part: Any) -> list[Any]:
        return [part.dtype] if self.names is None else part[list(self.names)].dtypes.tolist()


def _numbers(rows: Rows, n_rows: int) -> Array:
    """The row numbers that ``rows`` stands for."""
    if rows is None or isinstance(rows, slice):
        return np.arange(n_rows)[rows or slice(None)]
    return rows
