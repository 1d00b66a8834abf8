"""The kinds of columns that a fit saw, and new rows with their columns made of the same kinds.

A model counts on the kinds: XGBoost compares the codes of categories, others the dtypes. So values
are matched by what they are; what has no counterpart is refused, or told and taken as missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.declared import saved
from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.study.tables.plain_values import plain_column

NUMBERS, TRUTHS, CATEGORIES, WORDS, DATES, OTHERS = (
    "numbers", "truth values", "categories", "words", "dates", "other values",
)  # fmt: skip


@saved("ColumnKind")
@dataclass(frozen=True, slots=True)
class ColumnKind:
    """What a column holds, and the dtype that it was held in."""

    holds: str
    dtype: Any


def kinds_of(X: Any) -> tuple[ColumnKind, ...]:
    """The kind of each column of a pandas frame; of an array or a matrix, one for all."""
    if isinstance(X, pd.DataFrame):
        return tuple(_kind_of(X.iloc[:, position]) for position in range(X.shape[1]))
    if isinstance(X, np.ndarray) or sp.issparse(X):
        return (ColumnKind(NUMBERS if X.dtype.kind in "biuf" else OTHERS, X.dtype),)
    return ()


def kinds_of_files(table: FileTable) -> tuple[ColumnKind, ...] | None:
    """The kind of each column in files, by their types there; None for arrays without names."""
    if table.names is None:
        return None
    return tuple(_kind_in_files(table, name) for name in table.names)


def of_kinds(X: Any, kinds: tuple[ColumnKind, ...] | None) -> Any:
    """A table of new rows whose columns are of the kinds that fit saw.

    Files are read into memory only where they hold other kinds; numbers of any type are alike.
    """
    if not kinds:
        return X
    if isinstance(X, FileTable):
        found = kinds_of_files(X)
        are_alike = found is None or all(map(_alike, found, kinds))
        return X if are_alike else of_kinds(X.arrow(X.columns).to_pandas(), kinds)
    if isinstance(X, np.ndarray) or sp.issparse(X):
        return _array_of_kind(X, kinds[0])
    if not isinstance(X, pd.DataFrame):
        return X
    changed = X
    for position, kind in enumerate(kinds):
        before = X.iloc[:, position]
        after = _column_of_kind(before, kind)
        if after is not before:
            changed = X.copy(deep=False) if changed is X else changed
            changed.isetitem(position, after.array)
    return changed


def _alike(found: ColumnKind, kind: ColumnKind) -> bool:
    """Whether a column in files can be read as it is for models that saw this kind."""
    if found.holds != kind.holds:
        return False
    return found.holds == NUMBERS or _same_dtype(found.dtype, kind.dtype)


def _same_dtype(one: Any, other: Any) -> bool:
    """Whether two dtypes are equal; of categories also the order, which pandas ignores."""
    if isinstance(one, pd.CategoricalDtype) and isinstance(other, pd.CategoricalDtype):
        return one == other and one.categories.equals(other.categories)
    return bool(one == other)


def _kind_of(column: pd.Series[Any]) -> ColumnKind:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return ColumnKind(CATEGORIES, dtype)
    if pd.api.types.is_bool_dtype(dtype):
        return ColumnKind(TRUTHS, dtype)
    if pd.api.types.is_numeric_dtype(dtype):
        return ColumnKind(NUMBERS, dtype)
    if pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return ColumnKind(DATES, dtype)
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    return ColumnKind(WORDS if inferred == "string" else OTHERS, dtype)


def _kind_in_files(table: FileTable, name: str) -> ColumnKind:
    """Numbers of any type are as good as floats to models; other columns are as pandas reads them.

    Only columns of categories are read, for these.
    """
    of, kind = pyarrow().types, table.types[name]
    if of.is_boolean(kind) or of.is_decimal(kind) or of.is_null(kind):
        return ColumnKind(NUMBERS, np.dtype(np.float64))
    if of.is_integer(kind) or of.is_floating(kind):
        return ColumnKind(NUMBERS, np.dtype(kind.to_pandas_dtype()))
    read = table.arrow([name], None if of.is_dictionary(kind) else 1).to_pandas()[name]
    is_text = of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind)
    return ColumnKind(WORDS, read.dtype) if is_text else _kind_of(read)


def _array_of_kind(X: Any, kind: ColumnKind) -> Any:
    if X.dtype == kind.dtype or kind.holds != NUMBERS:
        return X
    if X.dtype.kind not in "biuf":
        raise InvalidInput("'X' held numbers in fit and holds other values now. Pass numbers.")
    values = X.data if sp.issparse(X) else X
    return X.astype(kind.dtype) if _fits_exactly(values, kind.dtype) else X


def _column_of_kind(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    """A column with the values that it has, held as fit saw them; raises if that cannot be."""
    if kind.holds != OTHERS and _same_dtype(column.dtype, kind.dtype):
        return column
    if column.isna().all() and kind.holds not in {TRUTHS, OTHERS}:
        return _missing(column, kind)
    convert = CONVERT.get(kind.holds)
    return column if convert is None else convert(column, kind)


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
    if values.dtype.kind not in "biuf" or not np.isin(values, [0, 1]).all():
        raise _other_kind(column, kind)
    return pd.Series(values.astype(bool), index=column.index).astype(kind.dtype)


def _as_categories(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    """The categories of fit, whatever their order or number is here; others are missing."""
    known = kind.dtype.categories
    values = plain_column(column)
    codes = known.get_indexer(pd.Index(values, tupleize_cols=False))
    unknown = (codes < 0) & ~pd.isna(values)
    if unknown.any():
        _tell_of_unknown(column, pd.unique(values[unknown]), int(unknown.sum()), all(codes < 0))
    made = pd.Categorical.from_codes(codes, dtype=kind.dtype)
    return pd.Series(made, index=column.index)


def _tell_of_unknown(column: pd.Series[Any], unknown: Any, n_rows: int, are_all: bool) -> None:
    some = ", ".join(map(repr, unknown[:5].tolist())) + (", …" if len(unknown) > 5 else "")
    if are_all:
        raise InvalidInput(
            f"The column {column.name!r} of 'X' has none of the categories of fit. Got {some}. "
            "Pass the values that fit saw."
        )
    warn(
        f"The column {column.name!r} of 'X' has values that are none of the categories of fit: "
        f"{some}. They are missing values in {n_rows:,} rows. Fit with all categories to use them.",
        CausalDaskWarning,
    )


def _as_words(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    if pd.api.types.infer_dtype(plain_column(column), skipna=True) != "string":
        raise _other_kind(column, kind)
    return column.astype(kind.dtype)


def _as_dates(column: pd.Series[Any], kind: ColumnKind) -> pd.Series[Any]:
    if _kind_of(column).holds != DATES or column.dtype.kind != kind.dtype.kind:
        raise _other_kind(column, kind)
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
    return InvalidInput(
        f"The column {column.name!r} of 'X' held {kind.holds} in fit and holds "
        f"{_kind_of(column).holds} now. Pass the kind of values that fit saw."
    )
