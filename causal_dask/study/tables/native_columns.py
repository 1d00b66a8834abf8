"""Columns of frames that are not pandas': their kinds, and new ones made of the kinds of fit.

The rules are those of pandas: a column that must be changed goes to pandas and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.sources.pyarrow import pyarrow
from causal_dask.study.tables.column_kinds import (
    CATEGORIES,
    DATES,
    NUMBERS,
    OTHERS,
    TRUTHS,
    WORDS,
    ColumnKind,
    same_dtype,
)
from causal_dask.study.tables.converted_columns import (
    Unknown,
    check_same_clock,
    column_of_kind,
    other_kind,
    unknown_in,
)
from causal_dask.study.tables.plain_values import plain_column


def kinds_of_native(X: Any) -> tuple[ColumnKind, ...]:
    """The kind of each column of a frame, by its type; dtypes are those that pandas would have."""
    return tuple(map(_kind_of, nw.from_native(X, eager_only=True).iter_columns()))


def native_of_kinds(
    X: Any, found: Sequence[ColumnKind], kinds: Sequence[ColumnKind]
) -> tuple[Any, list[Unknown]]:
    """A frame with columns of these kinds, and what became missing for that."""
    frame, changed, unknown = nw.from_native(X, eager_only=True), [], []
    for column, now, kind in zip(frame.iter_columns(), found, kinds, strict=True):
        if kind.holds == OTHERS or now.holds == kind.holds and same_dtype(now.dtype, kind.dtype):
            continue
        if now.holds == kind.holds == DATES:
            changed.append(_dates(column, now, kind))
            continue
        if kind.holds in {NUMBERS, TRUTHS, WORDS} and _is_of_days(column, now):
            raise other_kind(column.name, kind.holds, now.holds)
        before: Any = pd.Series(plain_column(column.to_native()), name=column.name)
        before = before.astype("category") if now.holds == CATEGORIES else before
        after = column_of_kind(before, kind)
        unknown += unknown_in(before, after)
        changed.append(_native(after.rename(column.name), kind, frame.implementation))
    return (frame.with_columns(*changed).to_native() if changed else X), unknown


def _kind_of(column: nw.Series[Any]) -> ColumnKind:
    dtype = column.dtype
    if dtype.is_numeric():
        return ColumnKind(NUMBERS, _numpy_dtype(dtype))
    if dtype == nw.Boolean:
        return ColumnKind(TRUTHS, np.dtype(bool))
    if dtype == nw.String:
        return ColumnKind(WORDS, np.dtype(object))
    if isinstance(dtype, nw.Enum):
        categories: Any = pd.Index(dtype.categories)
        return ColumnKind(CATEGORIES, pd.CategoricalDtype(categories, ordered=True))
    if dtype == nw.Categorical:
        present = column.drop_nulls().unique(maintain_order=True)
        return ColumnKind(CATEGORIES, pd.CategoricalDtype(pd.Index(present.to_list())))
    return ColumnKind(OTHERS, np.dtype(object)) if (of := _clock(dtype)) is None else of


def _clock(dtype: Any) -> ColumnKind | None:
    """The kind of times and durations, which have a unit."""
    if isinstance(dtype, nw.Duration):
        return ColumnKind(DATES, np.dtype(f"timedelta64[{dtype.time_unit}]"))
    if not isinstance(dtype, nw.Datetime):
        return None
    if dtype.time_zone is None:
        return ColumnKind(DATES, np.dtype(f"datetime64[{dtype.time_unit}]"))
    return ColumnKind(DATES, pd.DatetimeTZDtype(dtype.time_unit, dtype.time_zone))


def _numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """The same numbers in NumPy; floats for those that it has not, as integers of 128 bits."""
    try:
        return np.dtype(str(dtype).lower())
    except TypeError:
        return np.dtype(np.float64)


def _is_of_days(column: nw.Series[Any], now: ColumnKind) -> bool:
    """Whether a column holds dates or times, some of them."""
    return now.holds == DATES and column.null_count() < len(column)


def _dates(column: nw.Series[Any], now: ColumnKind, kind: ColumnKind) -> nw.Series[Any]:
    if now.dtype.kind != kind.dtype.kind:
        names = {"m": "durations", "M": "dates"}
        raise other_kind(column.name, names[kind.dtype.kind], names[now.dtype.kind])
    check_same_clock(column.name, now.dtype, kind.dtype)
    return column.cast(nw.from_native(pd.Series(dtype=kind.dtype), series_only=True).dtype)


def _native(values: pd.Series[Any], kind: ColumnKind, library: Any) -> nw.Series[Any]:
    """A column of pandas in another library."""
    name: Any = values.name
    if kind.holds == CATEGORIES and library.is_pyarrow():
        arrow = pyarrow()
        made = arrow.chunked_array([arrow.DictionaryArray.from_pandas(values.array)])
        return nw.from_native(made, series_only=True).alias(name)
    present: Any = [
        None if gone else value for gone, value in zip(values.isna(), values, strict=True)
    ]
    if kind.holds == WORDS:
        return nw.new_series(name, present, nw.String, backend=library)
    if kind.holds == CATEGORIES:
        ordered = kind.dtype.ordered
        dtype = nw.Enum(kind.dtype.categories.tolist()) if ordered else nw.Categorical
        return nw.new_series(name, present, dtype, backend=library)
    as_pandas = nw.from_native(values, series_only=True).dtype
    if kind.holds == DATES:
        return nw.new_series(name, present, as_pandas, backend=library)
    return nw.new_series(name, values.to_numpy(), as_pandas, backend=library)
