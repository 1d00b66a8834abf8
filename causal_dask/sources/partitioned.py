"""A table in partitions, of which a task takes the rows that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.sources.handle import Handle, Place
from causal_dask.sources.lazy import LazyTable, Rows
from causal_dask.sources.mapped import Mapped
from causal_dask.sources.spooling import write_rows

Array = np.ndarray[Any, Any]

PIECE = 1 << 14
"""Rows that are taken at once, so that what they pass through takes little memory."""


@dataclass(frozen=True, eq=False)
class Partitioned(LazyTable):
    """Partitions in the order of their rows: arrays, or frames, of which some columns count."""

    parts: Sequence[Any]
    names: tuple[Any, ...] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        n_columns = self.parts[0].shape[1] if self.names is None else len(self.names)
        return int(self.starts[-1]), n_columns

    @cached_property
    def starts(self) -> Array:
        """The number of the first row of each partition, and of all rows."""
        return np.cumsum([0, *(len(part) for part in self.parts)])

    @cached_property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of all numbers, if they are numbers of one dtype."""
        found = {dtype for part in self.parts for dtype in self._dtypes(part)}
        dtype = found.pop() if len(found) == 1 else None
        return dtype if isinstance(dtype, np.dtype) and dtype.kind in "biuf" else None

    def frame(self, rows: Rows, features: tuple[int, ...] | None) -> Any:
        """Some rows, in ascending order, and some columns: numbers are written into their place."""
        numbers = _numbers(rows, self.shape[0])
        columns = range(self.shape[1]) if features is None else features
        if self.dtype is None:
            pieces = [self._cut(part, own, columns) for _, part, own in self._pieces(numbers)]
            return pd.concat(pieces, ignore_index=True)
        found = np.empty((len(numbers), len(columns)), self.dtype)
        for place, part, own in self._pieces(numbers):
            found[place] = self._cut(part, own, columns)
        if self.names is None:
            return found
        return pd.DataFrame(found, columns=pd.Index([self.names[c] for c in columns]), copy=False)

    def spooled(self, name: str, place: Place) -> Handle | None:
        """The handle of a file with all rows, if they are numbers of one dtype."""
        dtype = self.dtype
        if dtype is None:
            return None
        path = place(name, ".npy", lambda f: write_rows(f, self._whole_parts(), self.shape, dtype))
        return Mapped(str(path), None if self.names is None else pd.Index(self.names))

    def _whole_parts(self) -> Iterator[Array]:
        """The numbers of each partition, row after row."""
        for part in self.parts:
            rows = self._cut(part, np.arange(len(part)), range(self.shape[1]))
            yield np.ascontiguousarray(rows, self.dtype)

    def _pieces(self, numbers: Array) -> Iterator[tuple[slice, Any, Array]]:
        """Some rows, a few at a time: their place, their partition, and their numbers in it."""
        bounds = np.searchsorted(numbers, self.starts).tolist()
        for number, part in enumerate(self.parts):
            first, last = bounds[number], bounds[number + 1]
            for start in range(first, last, PIECE) if len(numbers) else [0]:
                place = slice(start, min(start + PIECE, last))
                yield place, part, numbers[place] - self.starts[number]

    def _cut(self, part: Any, rows: Array, columns: Sequence[int]) -> Any:
        if self.names is None:
            whole = len(columns) == part.shape[1]
            return part[rows] if whole else part[np.ix_(rows, np.asarray(columns))]
        return part.iloc[rows][[self.names[column] for column in columns]]

    def _dtypes(self, part: Any) -> list[Any]:
        return [part.dtype] if self.names is None else part[list(self.names)].dtypes.tolist()


def _numbers(rows: Rows, n_rows: int) -> Array:
    """The numbers of the rows that are meant."""
    if rows is None or isinstance(rows, slice):
        return np.arange(n_rows)[rows or slice(None)]
    return rows
