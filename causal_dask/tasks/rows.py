"""Rows and columns of any covariate table, and columns put together again.

Knows nothing of models: who trains on which rows is said by a ``Selection``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.declared import saved, task
from causal_dask.sources.lazy import LazyTable, Rows
from causal_dask.tasks.column_names import free_name, name_beside

Array = np.ndarray[Any, np.dtype[Any]]
Encoding = Literal["category", "dummies"]

ROWS_AT_ONCE = 1 << 14
"""Rows that are copied at a time where copying all at once would take their memory twice."""


@saved("Selection")
@dataclass(frozen=True, slots=True)
class Selection:
    """The rows a model trains on: those of some variants, without those of the folds held out."""

    rows: Literal["all", "variant", "control", "contrast"] = "all"
    variant: int | None = None
    without: tuple[int, ...] = ()


@saved("Design")
@dataclass(frozen=True, slots=True)
class Design:
    """The columns a model sees: some features, and the variant if it is one of them."""

    features: tuple[int, ...] | None = None
    encoding: Encoding | None = None
    n_variants: int = 0


def in_variants(selection: Selection, w: Array) -> Array:
    """Whether each row belongs to the selection's variants."""
    if selection.rows == "control":
        return w == 0
    if selection.rows == "variant":
        return w == selection.variant
    return (w == 0) | (w == selection.variant)


def select_rows(selection: Selection, n_rows: int, w: Array | None, folds: Array | None) -> Array:
    """The numbers of the selection's rows, in ascending order."""
    keep = np.ones(n_rows, dtype=bool)
    if selection.rows != "all" and w is not None:
        keep &= in_variants(selection, w)
    for fold in selection.without if folds is not None else ():
        keep &= folds != fold
    return np.flatnonzero(keep)


@task("take")
def take(values: Array, rows: Array) -> Array:
    """The values of these rows."""
    return values[rows]


def covariates(X: Any, design: Design, rows: Rows, variants: Array | int | None) -> Any:
    """The model's view of ``X``: rows, features, and ``variants`` as a last feature."""
    has_dummies = design.encoding == "dummies" and variants is not None
    dense = isinstance(X, np.ndarray) and design.features is None
    if dense and isinstance(rows, np.ndarray) and has_dummies:
        return _rows_with_dummies(
            X, rows, np.broadcast_to(np.asarray(variants), rows.shape), design
        )
    X = _cut(X, rows, design.features)
    if design.encoding is None or variants is None:
        return X
    codes = np.broadcast_to(variants, (X.shape[0],))
    return _with_variant(X, codes, design)


def _cut(X: Any, rows: Rows, features: tuple[int, ...] | None) -> Any:
    """Some rows and columns of any table; a table without columns has a constant one."""
    if features == ():
        return _constant(X, rows)
    if isinstance(X, LazyTable):
        return X.frame(rows, features)
    chosen = None if features is None or features == tuple(range(X.shape[1])) else features
    if isinstance(X, np.ndarray) and isinstance(rows, np.ndarray) and chosen:
        return X[rows[:, None], list(chosen)]  # without a copy of the other columns
    X = X if rows is None else take_rows(X, rows)
    return _aligned(take_columns(X, chosen) if chosen else X)


def _aligned(X: Any) -> Any:
    """``X``, or a copy in its memory order if its numbers are at addresses that their size forbids.

    So they are in what a network has brought, and NumPy multiplies them without BLAS: last digits
    would depend on the scheduler.
    """
    if isinstance(X, np.ndarray):
        return X if X.flags.aligned else np.array(X, order="K")
    if not isinstance(X, pd.DataFrame) or len(set(X.dtypes)) != 1 or _column(X).flags.aligned:
        return X
    return pd.DataFrame(np.array(X.to_numpy(), order="K"), X.index, X.columns, copy=False)


def _column(X: pd.DataFrame) -> Array:
    """The first column of a frame, without a copy if it holds plain numbers."""
    return X.iloc[:, 0].to_numpy()


def take_rows(X: Any, rows: Array | slice) -> Any:
    """Some rows of any table."""
    if isinstance(X, LazyTable):
        return X.frame(rows, None)
    if isinstance(X, pd.DataFrame):
        return X.iloc[rows]
    return X[rows] if is_matrix(X) else nw.from_native(X, eager_only=True)[rows].to_native()


def take_columns(X: Any, positions: Sequence[int]) -> Any:
    """Some columns of any table, by position."""
    chosen = list(positions)
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, chosen]
    return (
        X[:, chosen] if is_matrix(X) else nw.from_native(X, eager_only=True)[:, chosen].to_native()
    )


def is_matrix(X: Any) -> bool:
    """Whether a table is an array or a sparse matrix, rather than a frame with named columns."""
    return isinstance(X, np.ndarray) or sp.issparse(X)


@task("stitched")
def stitch(parts: Sequence[Array], folds: Array, numbers: Sequence[int]) -> Array:
    """Put values that came fold by fold into the order of the rows; rows without a part are 0."""
    whole = np.zeros((len(folds), *parts[0].shape[1:]), dtype=np.result_type(*parts))
    for fold, part in zip(numbers, parts, strict=True):
        whole[folds == fold] = part
    return whole


@task("joined")
def join(parts: Sequence[Array]) -> Array:
    """Put values that came block by block one after the other."""
    return np.concatenate(parts)


def _constant(X: Any, rows: Rows) -> Any:
    """A single column of ones, for a model that may see nothing of ``X``."""
    if isinstance(X, LazyTable):
        # one column is read, since a frame of none would not know its number of rows
        X, rows = X.frame(rows, (0,)), None
    positions = np.arange(X.shape[0])
    ones = np.ones(len(positions if rows is None else positions[rows]))
    if isinstance(X, pd.DataFrame):
        return pd.DataFrame({"constant": ones}, index=X.index if rows is None else X.index[rows])
    if is_matrix(X):
        return ones[:, None]
    backend = nw.from_native(X, eager_only=True).implementation
    return nw.from_dict({"constant": ones}, backend=backend).to_native()


def _rows_with_dummies(X: Array, rows: Array, codes: Array, design: Design) -> Array:
    """Some rows of an array and their dummies, copied once.

    Taking the rows and then adding columns would copy the rows twice.
    """
    n_features, dummies = X.shape[1], _dummies(X, codes, design)
    shape = (len(rows), n_features + dummies.shape[1])
    whole = np.empty(shape, dtype=np.result_type(X, dummies))
    whole[:, n_features:] = dummies
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        whole[block, :n_features] = X[rows[block]]
    return whole


def _dummies(X: Any, codes: Array, design: Design) -> Array:
    """K - 1 columns that say which treatment a row has, in a dtype that keeps that of X."""
    return (codes[:, None] == np.arange(1, design.n_variants)).astype(_dtype(X))


def _with_variant(X: Any, codes: Array, design: Design) -> Any:
    """``X`` with the variant as an integer category or as K - 1 dummies."""
    if design.encoding == "category":
        categories = pd.Categorical(codes, categories=range(design.n_variants))
        name = name_beside(list(X.columns), "variant")
        variant = pd.DataFrame({0: categories}, index=X.index)
        variant.columns = pd.Index([name], tupleize_cols=X.columns.nlevels > 1)
        return pd.concat([X, variant], axis=1)
    dummies = _dummies(X, codes, design)
    if isinstance(X, np.ndarray):
        return np.column_stack([X, dummies])
    if sp.issparse(X):
        return sp.hstack([X, sp.csr_matrix(dummies)], format="csr", dtype=dummies.dtype)
    return _pandas_with(X, dummies) if isinstance(X, pd.DataFrame) else _frame_with(X, dummies)


def _pandas_with(X: pd.DataFrame, dummies: Array) -> pd.DataFrame:
    """``X`` with columns for the variants, named as its own are: sklearn wants one type of name."""
    names = _dummy_names(X.columns, dummies)
    named = all(isinstance(name, str) for name in X.columns)
    columns = pd.DataFrame(dummies, index=X.index, columns=names)
    return pd.concat([X, columns], axis=1, ignore_index=not named)


def _frame_with(X: Any, dummies: Array) -> Any:
    """The same for a frame of another library."""
    frame = nw.from_native(X, eager_only=True)
    new = zip(_dummy_names(frame.columns, dummies), np.ascontiguousarray(dummies.T), strict=True)
    columns = [nw.new_series(n, values, backend=frame.implementation) for n, values in new]
    return frame.with_columns(*columns).to_native()


def _dummy_names(taken: Iterable[Any], dummies: Array) -> list[str]:
    return [free_name(taken, f"variant_{k + 1}") for k in range(dummies.shape[1])]


def _dtype(X: Any) -> np.dtype[Any]:
    """The dtype that dummies must have to leave ``X`` as it is: float32 stays float32."""
    dtype = np.result_type(*X.dtypes) if _has_float_columns(X) else getattr(X, "dtype", None)
    return dtype if isinstance(dtype, np.dtype) and dtype.kind == "f" else np.dtype(np.float64)


def _has_float_columns(X: Any) -> bool:
    """Whether ``X`` is a pandas frame of NumPy floats throughout."""
    columns = X.dtypes if isinstance(X, pd.DataFrame) else ()
    return len(columns) > 0 and all(isinstance(d, np.dtype) and d.kind == "f" for d in columns)
