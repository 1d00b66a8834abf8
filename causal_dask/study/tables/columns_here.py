"""The columns of a table with the rows that can be looked at without a task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.graph.spread import Spread
from causal_dask.sources.file_table import FileTable

HEAD = 10_000
"""The first rows of files that are looked at."""

AT_ONCE = 8
"""Columns that are read at once: of each, a whole page is held meanwhile, often of 1 MB."""


@dataclass(frozen=True, slots=True)
class Here:
    """A column: its name if it has one, its values, and the least and greatest of numbers."""

    name: Any
    values: Any
    ends: tuple[float, ...]


def columns_here(X: Any) -> list[Here]:
    """The columns: all rows of tables in memory.

    Of files they are the first rows, and of partitions those of the first, if it is in memory.
    """
    if isinstance(X, Spread):
        part = X.parts[0][1]
        X = part[list(X.columns)] if isinstance(part, pd.DataFrame) else part
    if isinstance(X, np.ndarray):
        return _of_array(X)
    return [Here(name, values, _ends(np.asarray(values))) for name, values in _columns(X)]


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(X, FileTable):
        names = list(X.columns) if X.names else []
        for start in range(0, len(names), AT_ONCE):
            yield from _columns(X.arrow(names[start : start + AT_ONCE], HEAD))
    elif isinstance(X, pd.DataFrame):
        yield from ((name, X.iloc[:, k]) for k, name in enumerate(X.columns))
    elif isinstance(frame := nw.from_native(X, pass_through=True), nw.DataFrame):
        yield from ((name, frame[name]) for name in frame.columns)


def _of_array(X: Any) -> list[Here]:
    """The columns of a matrix, whose ends are found row by row, as it lies in memory."""
    if X.dtype.kind not in "iuf" or not len(X):
        return [Here(None, X[:, k], _ends(X[:, k])) for k in range(X.shape[1])]
    both = zip(np.fmin.reduce(X, axis=0), np.fmax.reduce(X, axis=0), strict=True)
    return [Here(None, X[:, k], (float(a), float(b))) for k, (a, b) in enumerate(both)]


def _ends(values: Any) -> tuple[float, ...]:
    """The least and the greatest number, but NaN; none of values of other kinds."""
    if values.dtype.kind not in "iuf" or not len(values):
        return ()
    return float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
