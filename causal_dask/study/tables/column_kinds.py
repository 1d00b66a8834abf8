"""The kind of each column: what it holds, and in which dtype.

Knows pandas frames, arrays and files. Columns of Dask and of other libraries' frames have modules
of their own, and so has making new rows of the kinds that fit saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.declared import saved
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.pyarrow import pyarrow

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
        return tuple(kind_of(X.iloc[:, position]) for position in range(X.shape[1]))
    if isinstance(X, np.ndarray) or sp.issparse(X):
        return (ColumnKind(NUMBERS if X.dtype.kind in "biuf" else OTHERS, X.dtype),)
    return ()


def kinds_of_files(table: FileTable) -> tuple[ColumnKind, ...] | None:
    """The kind of each column in files, by their types there; None for arrays without names."""
    if table.names is None:
        return None
    return tuple(_kind_in_files(table, name) for name in table.names)


def are_alike(found: ColumnKind, kind: ColumnKind) -> bool:
    """Whether a column that is not here can be read as it is for models that saw this kind."""
    if kind.holds == OTHERS:
        return True
    if found.holds != kind.holds:
        return False
    return found.holds == NUMBERS or same_dtype(found.dtype, kind.dtype)


def same_dtype(one: Any, other: Any) -> bool:
    """Whether two dtypes are equal; of categories also the order, which pandas ignores."""
    if isinstance(one, pd.CategoricalDtype) and isinstance(other, pd.CategoricalDtype):
        return one == other and one.categories.equals(other.categories)
    return bool(one == other)


def kind_of(column: pd.Series[Any]) -> ColumnKind:
    """The kind of a column of pandas."""
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
    return ColumnKind(WORDS, read.dtype) if is_text else kind_of(read)
