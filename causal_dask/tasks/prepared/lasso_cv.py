"""LassoCV, fitted by its own ``fit`` to a few rows that stand for those of each inner fold.

Its Gram matrices, its penalties and its errors depend on the rows of an inner fold by their means
and products alone. So it computes the same from other rows that have the same, up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import lasso_path
from sklearn.model_selection import PredefinedSplit

from causal_dask.tasks.prepared.few_rows import Sums, merged_sums, sums_of
from causal_dask.tasks.prepared.linear import WORST_CONDITION, named_like, take_learned
from causal_dask.tasks.prepared.seen import BLOCK, Training
from causal_dask.tasks.rows import Array

N_INNER_FOLDS = 5
"""Those of scikit-learn where ``cv`` is left out."""

SHORTEST = 1e-6
"""The least spread of a column over its mean: with less, its products have too few digits."""


def fit_lasso_cv(estimator: Any, training: Training) -> Any | None:
    """The ``LassoCV`` fitted to some rows; None if it is better fitted plainly."""
    parts = _inner_folds(training, estimator.cv or N_INNER_FOLDS)
    if parts is None:
        return None
    whole = merged_sums(parts)
    centre = whole.means if estimator.fit_intercept else np.zeros(len(whole.means))
    lengths = _lengths(whole, centre)
    if lengths is None:
        return None
    few = np.array([part.few_rows(lengths) - centre for part in parts])
    like = _fitted_to_few(estimator, few, parts, training.seen.first(estimator))
    take_learned(estimator, like)
    estimator.intercept_ = like.intercept_ + centre[-1] - centre[:-1] @ like.coef_
    return estimator


def _inner_folds(training: Training, n_inner: int) -> list[Sums] | None:
    """The sums of the rows of each inner fold; None if they would not do in place of the rows."""
    n_rows = len(training.target)
    if n_rows < n_inner or not training.has_numbers():
        return None
    starts = [int(part[0]) for part in np.array_split(np.arange(n_rows), n_inner)]
    folds = zip(starts, [*starts[1:], n_rows], strict=True)
    found = [_sums_of_fold(training, start, stop) for start, stop in folds]
    sums = [each for each in found if each is not None]
    n_columns = len(sums[0].means) - 1 if sums else 0
    fewest = n_rows - -(-n_rows // n_inner)
    return sums if len(sums) == n_inner and fewest > n_columns else None


def _sums_of_fold(training: Training, start: int, stop: int) -> Sums | None:
    """The sums of a range of rows; None if they have no weight, or numbers that are not finite."""
    parts = []
    for first in range(start, stop, BLOCK):
        numbers, target, weights = training.part(first, min(first + BLOCK, stop))
        columns = np.column_stack([numbers, target])
        if not np.isfinite(columns).all():
            return None
        if weights.any():
            parts.append(sums_of(columns, weights))
    return merged_sums(parts) if parts else None


def _lengths(whole: Sums, centre: Array) -> Array | None:
    """The lengths of the columns and of the target; None if products say too little of them."""
    products = whole.about(centre)
    if not np.isfinite(products).all():
        return None
    lengths = np.sqrt(products.diagonal())
    if (lengths <= SHORTEST * np.sqrt(whole.weight) * np.abs(whole.means)).any():
        return None
    cosines = (products / np.outer(lengths, lengths))[:-1, :-1]
    return lengths if np.linalg.cond(cosines) < WORST_CONDITION**2 else None


def _fitted_to_few(estimator: Any, few: Array, parts: Sequence[Sums], first: Any) -> Any:
    """A copy of the estimator, fitted to the few rows (n_inner, n_rows, n_columns) of the parts."""
    n_inner, n_rows, _ = few.shape
    rows = np.concatenate(few)
    like = clone(estimator).set_params(cv=PredefinedSplit(np.repeat(range(n_inner), n_rows)))
    # it would check its Gram matrix anew at every penalty, which takes longer than all the rest
    like.path = partial(lasso_path, check_input=False)
    weights = np.repeat([part.weight / n_rows for part in parts], n_rows)
    like.fit(named_like(first, rows[:, :-1]), rows[:, -1], sample_weight=weights)
    del like.path
    return like
