"""Linear models, fitted by their own ``fit`` to a few rows that have the same sums as all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular
from sklearn.base import clone

from causal_dask.tasks.column_names import named_for
from causal_dask.tasks.prepared.factors import Factor, Moments, merged, triangle
from causal_dask.tasks.rows import Array, is_matrix

WORST_CONDITION = 1e4
"""Of the columns at unit length. Beyond it, a plain fit has more right digits: products of columns
and target are used here, whose errors grow with the square of it."""

CONSTANT = 1e-12
"""The spread of a column over its mean, up to which it may be the rounding of a constant."""


def fit_on_factors(
    factors: Sequence[Factor | None], moments: Sequence[Moments | None], estimator: Any, first: Any
) -> Any | None:
    """The estimator fitted to the rows of all folds; None if it is better fitted plainly.

    ``first`` is a row as the estimator would get it, which has names of columns if others have.

    Least squares, penalised or not, depend on the rows by sums alone: of squares and products of
    the centred columns and target. So do those of the triangular factor of both.
    """
    sums = all_sums(factors, moments, estimator)
    if sums is None:
        return None
    return fit_on_sums(*sums, estimator, clone(estimator), named_for(estimator, first))


def all_sums(
    factors: Sequence[Factor | None], moments: Sequence[Moments | None], estimator: Any
) -> tuple[Factor, Moments] | None:
    """The sums of the rows of all folds, centred for a model with an intercept.

    None if they are not all there, or if the estimator is better fitted plainly.
    """
    parts = [(f, m) for f, m in zip(factors, moments, strict=True) if f and m and f.weight > 0]
    if any(each is None for each in (*factors, *moments)) or not parts:
        return None
    rows, target = merged(parts)
    if rows.n_rows <= len(rows.means) or not _is_well_conditioned(rows):
        return None
    return (rows, target) if estimator.fit_intercept else _not_centred(rows, target)


def fit_on_sums(rows: Factor, target: Moments, estimator: Any, like: Any, first: Any) -> Any:
    """The estimator with what its copy ``like`` learns from a few rows that have these sums."""
    few, values = _rows_like(rows, target)
    like.set_params(fit_intercept=False).fit(named_like(first, few), values)
    take_learned(estimator, like)
    if estimator.fit_intercept:
        estimator.intercept_ = target.mean - rows.means @ estimator.coef_
    return estimator


def named_like(first: Any, rows: Array) -> Any:
    """Rows of numbers as a table with the columns of another one."""
    if is_matrix(first):
        return rows
    if isinstance(first, pd.DataFrame):
        return pd.DataFrame(rows, columns=first.columns)
    frame = nw.from_native(first, eager_only=True)
    columns = dict(zip(frame.columns, np.ascontiguousarray(rows.T), strict=True))
    return nw.from_dict(columns, backend=frame.implementation).to_native()


def take_learned(estimator: Any, like: Any) -> None:
    """Give an estimator the attributes that a copy of it has learned, not its parameters."""
    own = estimator.get_params(deep=False)
    vars(estimator).update({name: v for name, v in vars(like).items() if name not in own})


def _rows_like(rows: Factor, target: Moments) -> tuple[Array, Array]:
    """Rows and values whose sums of squares and products are those of the centred ones."""
    along = solve_triangular(rows.R, target.products, trans="T")
    beside = np.sqrt(max(target.square - along @ along, 0.0))
    few = np.concatenate([rows.R, np.zeros((1, rows.R.shape[1]))])
    return few, np.append(along, beside)


def _is_well_conditioned(rows: Factor) -> bool:
    """Whether the columns, at unit length, are far from depending on each other."""
    if rows.R.shape[0] < rows.R.shape[1]:
        return False
    lengths = np.linalg.norm(rows.R, axis=0)
    rounding = CONSTANT * np.sqrt(rows.weight) * np.abs(rows.means)
    if (lengths <= rounding).any() or not np.isfinite(lengths).all():
        return False
    return bool(np.linalg.cond(rows.R / lengths) < WORST_CONDITION)


def _not_centred(rows: Factor, target: Moments) -> tuple[Factor, Moments]:
    """The same sums of columns and target that are not centred."""
    stacked = np.concatenate([rows.R, np.sqrt(rows.weight) * rows.means[None, :]])
    products = target.products + rows.weight * rows.means * target.mean
    square = target.square + rows.weight * target.mean**2
    plain = Factor(rows.n_rows, rows.weight, rows.means, triangle(stacked))
    return plain, Moments(target.mean, products, square)
