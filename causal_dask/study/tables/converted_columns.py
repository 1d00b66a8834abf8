"""Columns of new rows made of the kinds that fit saw.

A model counts on the kinds: XGBoost compares the codes of categories, others the dtypes. So values
are matched by what they are; what has no counterpart is refused, or told and taken as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.study.tables.column_kinds import (
    CATEGORIES,
    DATES,
    NUMBERS,
    OTHERS,
    TRUTHS,
    WORDS,
    ColumnKind,
    kind_of,
    same_dtype,
)
from causal_dask.study.tables.plain_values import plain_column

SHOWN = 5
"""How many of the unknown categories are told."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Values of a column that are none of the categories of fit: some, and in how many rows."""

    name: Any
    some: tuple[Any, ...]
    n_rows: int
    n_known: int


def array_of_kind(X: Any, kind: ColumnKind) -> Any:
    """An array or a matrix in the dtype that fit saw, if its numbers are the same in that."""
    if X.dtype == kind.dtype or kind.holds != NUMBERS:
        return X
    if X.dtype.kind not in "biuf":
        raise InvalidInput("'X' held numbers in fit and holds other values now. Pass numbers.")
    values = X.data if sp.issparse(X) else X
    return X.astype(kind.dtype) if _fits_exactly(values, kind.dtype) else X


def frame_of_kinds(
    X: pd.DataFrame, kinds: Sequence[ColumnKind]
) -> tuple[pd.DataFrame, list[Unknown]]:
    """A pandas frame with columns of these kinds, and what became missing for that."""
    changed = X
    unknown: list[Unknown] = []
    for position, kind in enumerate(kinds):
        before = X.iloc[:, position]
        after = column_of_kind(before, kind)
        unknown += unknown_in(before, after)
        if after is not before:
            changed = X.copy(deep=False) if changed is X else changed
            changed.isetitem(position, after.array)
    return changed, unknown


def column_of_kind(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    """A column with the values that it has, held as fit saw them; raises if that cannot be."""
    if kind.holds != OTHERS and same_dtype(column.dtype, kind.dtype):
        return column
    may_be_missing = kind.holds not in {TRUTHS, OTHERS} or not len(column)
    if may_be_missing and column.isna().all():
        return _missing(column, kind)
    convert = CONVERT.get(kind.holds)
    return column if convert is None else convert(column, kind)


def unknown_in(before: pd.Series[Any], after: pd.Series[Any]) -> list[Unknown]:
    """What a column of categories lost when it was made of those of fit, nothing included."""
    if not isinstance(after.dtype, pd.CategoricalDtype):
        return []
    lost = after.isna().to_numpy() & before.notna().to_numpy()
    some = pd.unique(plain_column(before[lost]))[: SHOWN + 1].tolist() if lost.any() else []
    return [Unknown(before.name, tuple(some), int(lost.sum()), int(after.notna().sum()))]


def tell_of_unknown(found: Iterable[Unknown]) -> None:
    """Warn of values that became missing; raise where a column, all its parts, has no others."""
    by_name: dict[Any, list[Unknown]] = {}
    for unknown in found:
        by_name.setdefault(unknown.name, []).append(unknown)
    for name, parts in by_name.items():
        values = list(dict.fromkeys(value for part in parts for value in part.some))
        if values:
            are_all = not any(part.n_known for part in parts)
            _tell(name, values, sum(part.n_rows for part in parts), are_all)


def _tell(name: Any, values: list[Any], n_rows: int, are_all: bool) -> None:
    some = ", ".join(map(repr, values[:SHOWN])) + (", …" if len(values) > SHOWN else "")
    if are_all:
        raise InvalidInput(
            f"The column {name!r} of 'X' has none of the categories of fit. Got {some}. "
            "Pass the values that fit saw."
        )
    warn(
        f"The column {name!r} of 'X' has values that are none of the categories of fit: "
        f"{some}. They are missing values in {n_rows:,} rows. Fit with all categories to use them.",
        CausalDaskWarning,
    )


def check_same_clock(name: Any, now: Any, then: Any) -> None:
    """Raise if one of two dtypes of dates has a time zone and the other has not."""
    clocks = [
        f"dates with{'out' if getattr(dtype, 'tz', None) is None else ''} a time zone"
        for dtype in (then, now)
    ]
    if clocks[0] != clocks[1]:
        raise other_kind(name, *clocks)


def other_kind(name: Any, then: str, now: str) -> InvalidInput:
    """The error that a column holds something else than in fit."""
    return InvalidInput(
        f"The column {name!r} of 'X' held {then} in fit and holds {now} now. Pass the kind of "
        "values that fit saw."
    )


def _as_numbers(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    values = plain_column(column)
    if values.dtype.kind not in "biuf":
        raise _other_kind(column, kind)
    numbers = pd.Series(values, index=column.index)
    missing = bool(numbers.isna().any())
    holds_missing = not isinstance(kind.dtype, np.dtype) or kind.dtype.kind == "f"
    if (holds_missing or not missing) and _fits_exactly(values, kind.dtype):
        return numbers.astype(kind.dtype)
    return numbers.astype(np.float64) if values.dtype.kind == "b" else numbers


def _as_truths(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    values = plain_column(column)
    present = values[~pd.isna(values)]
    if not np.isin(present, [0, 1]).all():
        raise _other_kind(column, kind)
    if len(present) < len(values):
        raise InvalidInput(
            f"The column {column.name!r} of 'X' held truth values in fit and has missing values "
            f"now, the first at position {int(pd.isna(values).argmax())}. Fill them, or fit to a "
            "column that has some too."
        )
    return pd.Series(values.astype(bool), index=column.index).astype(kind.dtype)


def _as_categories(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    """The categories of fit, whatever their order or number is here; others are missing."""
    known = kind.dtype.categories
    values = plain_column(column)
    codes = known.get_indexer(pd.Index(values, tupleize_cols=False))
    made = pd.Categorical.from_codes(codes, dtype=kind.dtype)
    return pd.Series(made, index=column.index)


def _as_words(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    if pd.api.types.infer_dtype(plain_column(column), skipna=True) != "string":
        raise _other_kind(column, kind)
    return column.astype(kind.dtype)


def _as_dates(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    if kind_of(column).holds != DATES or column.dtype.kind != kind.dtype.kind:
        raise _other_kind(column, kind)
    check_same_clock(column.name, column.dtype, kind.dtype)
    return column.astype(kind.dtype)


CONVERT: dict[str, Callable[[pd.Series[Any], ColumnKind], pd.Series[Any]]] = {
    NUMBERS: _as_numbers,
    TRUTHS: _as_truths,
    CATEGORIES: _as_categories,
    WORDS: _as_words,
    DATES: _as_dates,
}


def _missing(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    """A column in which every value is missing, as fit would have held it."""
    whole = isinstance(kind.dtype, np.dtype) and kind.dtype.kind in "iu"
    return pd.Series(np.nan, index=column.index, dtype="float64" if whole else kind.dtype)


def _fits_exactly(values: Any, dtype: Any) -> bool:
    """Whether numbers are the same in another dtype, or as exact as fit saw its own."""
    target = dtype if isinstance(dtype, np.dtype) else dtype.numpy_dtype
    if target.kind == "f" and values.dtype.kind == "f":
        return True  # the precision of fit, which is all that its models saw
    present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    with np.errstate(invalid="ignore"):
        return bool((present.astype(target) == present).all())


def _other_kind(column: pd.Series[Any], kind: ColumnKind) -> InvalidInput:
    return other_kind(column.name, kind.holds, kind_of(column).holds)
