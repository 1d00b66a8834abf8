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
from causal_dask.tasks.rows import Array

ENTRIES_AT_ONCE = 1 << 17
"""About as many entries of a sparse matrix are hashed in one go: that takes several times their
memory.
"""


def row_hashes(X: Any) -> Array:
    """A 64-bit hash of each row's content; none for rows that are not here."""
    if isinstance(X, RemoteTable | Spread):
        return np.array([], dtype=np.uint64)
    if sp.issparse(X):
        return _sparse_hashes(X)
    return np.asarray(pd.util.hash_pandas_object(_pandas(X), index=False))


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
        values = pd.util.hash_array(np.asarray(entries.data, dtype=np.float64))
        columns = pd.util.hash_array(np.asarray(entries.col, dtype=np.int64)) | np.uint64(1)
        np.add.at(hashes[start : start + step], entries.row, values * columns)
    return hashes
