"""Recognises rows that a learner was trained on, without keeping them: eight bytes a row.

Rows of remote tables have no hashes, since they would have to be read: the key of the whole table
must do.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.graph.spread import Spread
from causal_dask.keys.tables import plain
from causal_dask.sources.remote_table import RemoteTable
from causal_dask.study.tables.plain_values import plain_column
from causal_dask.tasks.rows import Array

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that no bit is lost, and without a pattern: the 64 bits of the golden ratio."""


ENTRIES_AT_ONCE = 1 << 17
"""About as many entries of a sparse matrix are hashed in one go: that takes several times their
memory.
"""

NUMBERS_AT_ONCE = 1 << 16
"""As many numbers of an array, which then stay in the processor's cache."""

NUMERIC = "biuf"
"""The kinds of NumPy's dtypes that hold numbers."""


def row_hashes(X: Any) -> Array:
    """A 64-bit hash of each row's content; none for rows that are not here."""
    if isinstance(X, RemoteTable | Spread):
        return np.array([], dtype=np.uint64)
    if sp.issparse(X):
        return _sparse_hashes(X)
    if isinstance(X, np.ndarray) and X.dtype.kind in NUMERIC:
        return _hashes_of_numbers(X)
    frame = _pandas(X)
    hashes = np.zeros(len(frame), dtype=np.uint64)
    for position in range(frame.shape[1]):
        values = pd.util.hash_array(_by_value(frame.iloc[:, position]))
        hashes = (hashes ^ values) * MULTIPLIER
    return hashes


def _hashes_of_numbers(X: Array) -> Array:
    """The hashes of the rows of an array, as those of a frame with its columns."""
    hashes = np.zeros(len(X), dtype=np.uint64)
    step = max(1, NUMBERS_AT_ONCE // max(X.shape[1], 1))
    for start in range(0, len(X), step):
        rows = slice(start, start + step)
        numbers = np.ascontiguousarray(_floats(X[rows]).T)
        for values in pd.util.hash_array(numbers.ravel()).reshape(numbers.shape):
            hashes[rows] = (hashes[rows] ^ values) * MULTIPLIER
    return hashes


def hashes_by_dtype(X: Any) -> Array:
    """The hashes that earlier versions kept, which differ for equal values of different dtypes."""
    return np.asarray(pd.util.hash_pandas_object(_pandas(X), index=False))


def _by_value(column: pd.Series[Any]) -> Array:
    """A column in a form that equal values share, whatever their dtype."""
    values = plain_column(column)
    if values.dtype.kind not in NUMERIC:
        return values if values.dtype.kind in "mM" else values.astype(object)
    return _floats(values)


def _floats(values: Array) -> Array:
    """Numbers in a form that equal ones share, whatever their dtype.

    Fractions are rounded to single precision, so that rows are recognised after a detour by it.
    """
    floats = values.astype(np.float64)
    if values.dtype.kind == "f" and values.dtype != np.float32:
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = floats.astype(np.float32).astype(np.float64)
        floats = np.where(np.rint(floats) == floats, floats, rounded)
    return floats + 0.0  # without the sign of zero


def _pandas(X: Any) -> pd.DataFrame:
    """Any table as a pandas frame, without copying where that can be."""
    if isinstance(X, pd.DataFrame | np.ndarray):
        return X if isinstance(X, pd.DataFrame) else pd.DataFrame(X, copy=False)
    columns = nw.from_native(X, eager_only=True).iter_columns()
    return pd.DataFrame({column.name: plain(column) for column in columns}, copy=False)


def _sparse_hashes(X: Any) -> Array:
    """The sum over a row's entries of value times column, both hashed; a few rows at a time."""
    hashes = np.zeros(X.shape[0], dtype=np.uint64)
    step = max(1, ENTRIES_AT_ONCE * X.shape[0] // max(X.nnz, 1))
    for start in range(0, X.shape[0], step):
        entries = X[start : start + step].tocoo()
        numbers = _floats(entries.data)
        stored = numbers != 0  # zeros that are stored are like those that are not
        values = pd.util.hash_array(numbers[stored])
        columns = pd.util.hash_array(entries.col[stored].astype(np.int64)) | np.uint64(1)
        np.add.at(hashes[start : start + step], entries.row[stored], values * columns)
    return hashes
