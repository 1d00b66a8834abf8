"""The fingerprints of arrays and tables of every library."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.keys.content import content_of, fingerprint
from causal_dask.keys.hashing import array_digest, digest


@content_of.register(np.ndarray)
def _of_array(value: np.ndarray[Any, Any]) -> str:
    if value.dtype.hasobject:
        parts = map(fingerprint, value.ravel().tolist())
        return digest("array", str(value.dtype), str(value.shape), *parts)
    return array_digest(value)


@content_of.register(np.ma.MaskedArray)
def _of_masked(value: np.ma.MaskedArray[Any, Any]) -> str:
    return digest("masked", _of_array(value.filled()), _of_array(np.ma.getmaskarray(value)))


@content_of.register(sp.sparray)
@content_of.register(sp.spmatrix)
def _of_sparse(value: Any) -> str:
    rows = value.tocsr()
    positions = (array_digest(part, np.dtype(np.int64)) for part in (rows.indices, rows.indptr))
    return digest("sparse", value.format, str(value.shape), _of_array(rows.data), *positions)


@content_of.register(pd.DataFrame)
def _of_frame(value: pd.DataFrame) -> str:
    columns = (value.iloc[:, position] for position in range(value.shape[1]))
    return digest("frame", str(len(value)), *map(_of_series, columns))


@content_of.register(nw.DataFrame)
def _of_any_frame(frame: nw.DataFrame[Any]) -> str:
    """A frame of another library, by its columns."""
    columns = (
        digest("series", fingerprint(column.name), str(column.dtype), _of_column(plain(column)))
        for column in frame.iter_columns()
    )
    return digest("frame", str(frame.implementation), str(len(frame)), *columns)


def plain(column: nw.Series[Any]) -> Any:
    """A column as an array of numbers, or as a pandas array of text and other values."""
    if column.dtype.is_numeric() and not column.null_count():
        return column.to_numpy()
    return pd.Series(column.to_list(), dtype="category").array


@content_of.register(pd.Series)
def _of_series(value: pd.Series[Any]) -> str:
    return digest("series", fingerprint(value.name), _of_column(_values(value)))


@content_of.register(pd.Index)
def _of_index(value: pd.Index[Any]) -> str:
    return digest("index", fingerprint(value.name), _of_column(_values(value)))


def _values(column: pd.Series[Any] | pd.Index[Any]) -> Any:
    """The NumPy array of a column, or its extension array if NumPy has no such dtype."""
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


@content_of.register(pd.MultiIndex)
def _of_levels(value: pd.MultiIndex) -> str:
    levels = map(value.get_level_values, range(value.nlevels))
    return digest("levels", *map(_of_index, levels))


def _of_column(values: Any) -> str:
    """A column's dtype and content: numbers as bytes, categories and text as codes."""
    kind = str(values.dtype)
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = _of_column(_values(values.categories))
        return digest("category", str(values.ordered), categories, _of_array(values.codes))
    if isinstance(values.dtype, np.dtype):
        return digest(kind, _of_array(np.asarray(values)))
    codes, distinct = pd.factorize(values)  # one dtype, so equal values are the same value
    return digest(kind, _of_array(codes), *map(fingerprint, distinct.to_numpy(object).tolist()))
