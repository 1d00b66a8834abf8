"""Columns and tables as plain numbers where they hold numbers, whatever they are wrapped in.

Masked entries are missing. Integers, decimals and floats of dtype object are numbers; words and
labels stay as they are.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.tasks.rows import Array

OBJECT = np.dtype(object)


COMMON_FLOATS = frozenset({np.dtype(np.float32), np.dtype(np.float64)})
"""The floating-point dtypes that every model takes."""


NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal"})
"""What pandas calls objects that are all numbers, some of them missing perhaps."""


def plain_column(values: Any) -> Array:
    """One column, or anything else that NumPy makes an array of, in a plain dtype."""
    if isinstance(values, np.ma.MaskedArray):
        return _unmasked(values)
    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series) and not isinstance(values, pd.Series):
        values = pd.Series(series.to_list()) if series.null_count() else series.to_numpy()
    if isinstance(values, pd.Series | pd.Index) and not isinstance(values.dtype, np.dtype):
        values = values.to_numpy(dtype=object)
        values = np.array([np.nan if v is pd.NA else v for v in values], dtype=object)
    return _plain_dtype(np.asarray(values))


def plain_array(X: Array) -> Array:
    """A two-dimensional array in a dtype that every model takes, not copied if it has one."""
    if isinstance(X, np.ma.MaskedArray):
        X = _unmasked(X)
    if X.dtype.kind == "c":
        raise InvalidInput("'X' holds complex numbers. Pass their real and imaginary parts.")
    return X.astype(np.float32) if X.dtype == np.float16 else _plain_dtype(X)


def plain_frame(X: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns of numbers have dtypes of numbers, not copied if they have."""
    if not X.columns.is_unique:
        twice = list(dict.fromkeys(X.columns[X.columns.duplicated()]))
        raise InvalidInput(
            f"'X' has several columns of the names {twice}, so names cannot tell which is meant. "
            "Give each column a name of its own."
        )
    changed = X
    for position, dtype in enumerate(X.dtypes):
        if not _may_hide_numbers(dtype):
            continue
        before = X.iloc[:, position]
        plain = plain_array(plain_column(before))
        if plain.dtype not in {before.dtype, OBJECT}:
            changed = X.copy(deep=False) if changed is X else changed
            changed.isetitem(position, plain)
    return changed


def plain_other(frame: nw.DataFrame[Any]) -> Any:
    """A frame of another library, with decimals as floats."""
    decimals = [name for name, dtype in frame.schema.items() if dtype == nw.Decimal]
    if not decimals:
        return frame.to_native()
    return frame.with_columns(nw.col(*decimals).cast(nw.Float64)).to_native()


def _may_hide_numbers(dtype: Any) -> bool:
    """Whether a column's dtype is that of anything, of decimals, or one that few models take."""
    if isinstance(dtype, np.dtype):
        return dtype == OBJECT or dtype.kind == "f" and dtype not in COMMON_FLOATS
    return "decimal" in str(dtype)


def _unmasked(values: np.ma.MaskedArray[Any, Any]) -> Array:
    """The values, NaN or None where they are masked."""
    if not np.ma.getmaskarray(values).any():
        return _plain_dtype(np.asarray(values.data))
    plain = values.data.astype(np.float64 if values.dtype.kind in "biuf" else object)
    plain[np.ma.getmaskarray(values)] = np.nan if plain.dtype.kind == "f" else None
    return _plain_dtype(plain)


def _plain_dtype(values: Array) -> Array:
    if values.dtype == OBJECT:
        return _numbers_of(values)
    if values.dtype.kind == "f" and values.dtype not in COMMON_FLOATS:
        return values.astype(np.float64)
    return values


def _numbers_of(values: Array) -> Array:
    """Objects as numbers, if all of them are numbers or missing."""
    flat = values.ravel()
    found = pd.api.types.infer_dtype(flat, skipna=True)
    missing = pd.isna(flat)
    if found == "boolean" and not missing.any():
        return values.astype(bool)
    if found not in NUMBERS:
        return values
    if found == "integer" and not missing.any():
        try:
            return values.astype(np.int64)
        except OverflowError:
            return values.astype(np.float64)
    floats = [np.nan if gone else float(v) for v, gone in zip(flat, missing, strict=True)]
    return np.array(floats, dtype=np.float64).reshape(values.shape)
