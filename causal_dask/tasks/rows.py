"""Rows and columns of any covariate table, and columns put together again.

Knows nothing of models: who trains on which rows is said by a ``Selection``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils import _safe_indexing

Array = np.ndarray[Any, np.dtype[Any]]
Encoding = Literal["category", "dummies"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows a model trains on: those of some variants, less those of one fold."""

    rows: Literal["all", "variant", "control", "contrast"] = "all"
    variant: int | None = None
    without: int | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """The columns a model sees: some features, and the variant if it is one of them."""

    features: tuple[int, ...] | None = None
    encoding: Encoding | None = None
    n_variants: int = 0


def admitted(selection: Selection, w: Array) -> Array:
    """Which rows belong to the selection's variants."""
    if selection.rows == "control":
        return w == 0
    if selection.rows == "variant":
        return w == selection.variant
    return (w == 0) | (w == selection.variant)


def selected(selection: Selection, n_rows: int, w: Array | None, folds: Array | None) -> Array:
    """The numbers of the selection's rows, in ascending order."""
    keep = np.ones(n_rows, dtype=bool)
    if selection.rows != "all" and w is not None:
        keep &= admitted(selection, w)
    if selection.without is not None and folds is not None:
        keep &= folds != selection.without
    return np.flatnonzero(keep)


def take(values: Array, rows: Array) -> Array:
    """The values of these rows."""
    return values[rows]


def covariates(X: Any, design: Design, rows: Array | None, variants: Array | int | None) -> Any:
    """The model's view of ``X``: rows, features, and ``variants`` as a last feature."""
    if rows is not None:
        X = _safe_indexing(X, rows)
    if design.features is not None:
        X = _constant(X) if not design.features else _safe_indexing(X, design.features, axis=1)
    if design.encoding is None or variants is None:
        return X
    codes = np.broadcast_to(variants, (X.shape[0],))
    return _with_variant(X, codes, design)


def stitched(parts: Sequence[Array], folds: Array, without: int | None = None) -> Array:
    """Values that came fold by fold, in the order of the rows; rows of no part are zero."""
    numbers = [fold for fold in range(len(parts) + (without is not None)) if fold != without]
    whole = np.zeros((len(folds), *parts[0].shape[1:]), dtype=np.result_type(*parts))
    for fold, part in zip(numbers, parts, strict=True):
        whole[folds == fold] = part
    return whole


def _constant(X: Any) -> Any:
    """A single column of ones, for a model that may see nothing of ``X``."""
    ones = np.ones((X.shape[0], 1))
    return pd.DataFrame(ones, index=X.index, columns=["constant"]) if _is_frame(X) else ones


def _with_variant(X: Any, codes: Array, design: Design) -> Any:
    """``X`` with the variant as an integer category or as K - 1 dummies."""
    if design.encoding == "category":
        categories = pd.Categorical(codes, categories=range(design.n_variants))
        return X.assign(**{_free_name(X, "variant"): categories})
    dummies = (codes[:, None] == np.arange(1, design.n_variants)).astype(_dtype(X))
    if isinstance(X, pd.DataFrame):
        return _frame_with_dummies(X, dummies)
    if isinstance(X, np.ndarray):
        return np.column_stack([X, dummies])
    return sp.hstack([X, sp.csr_matrix(dummies)], format="csr", dtype=dummies.dtype)


def _frame_with_dummies(X: pd.DataFrame, dummies: Array) -> pd.DataFrame:
    """``X`` with columns for the variants, named as its own are: sklearn wants one type of name."""
    n_features, n_dummies = X.shape[1], dummies.shape[1]
    names: list[Any] = [_free_name(X, f"variant_{k + 1}") for k in range(n_dummies)]
    if not all(isinstance(name, str) for name in X.columns):
        X = X.set_axis(range(n_features), axis=1)
        names = list(range(n_features, n_features + n_dummies))
    return pd.concat([X, pd.DataFrame(dummies, index=X.index, columns=names)], axis=1)


def _free_name(X: pd.DataFrame, name: str) -> str:
    """``name``, with underscores until no column is called so."""
    while name in X.columns:
        name += "_"
    return name


def _dtype(X: Any) -> np.dtype[Any]:
    """The dtype that dummies must have to leave ``X`` as it is: float32 stays float32."""
    dtype = getattr(X, "dtype", None)
    return dtype if isinstance(dtype, np.dtype) and dtype.kind == "f" else np.dtype(np.float64)


def _is_frame(X: Any) -> bool:
    return isinstance(X, pd.DataFrame)
