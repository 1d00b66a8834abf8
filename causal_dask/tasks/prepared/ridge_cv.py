"""RidgeCV by factors: the leave-one-out errors of all penalties from one pass over the rows.

For a row of weight s whose columns x and target y are centred, and coefficients b, the error is
(y - x b) / (1 - s x' (X'SX + alpha I)^-1 x - s / sum(S)), the last term for the intercept (Rifkin &
Lippert 2007, "Notes on Regularized Least Squares", MIT-CSAIL-TR-2007-025). Along the axes of the
factor's singular value decomposition the matrix is diagonal for every alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from causal_dask.tasks.prepared.factors import Factor, Moments
from causal_dask.tasks.prepared.linear import all_sums, fit_on_sums
from causal_dask.tasks.prepared.seen import Training
from causal_dask.tasks.rows import Array

ROWS = 1 << 13
"""Rows at a time: what is computed of them stays in the processor's cache."""

LEAST = 1e-6
"""The least share of a row's target that other rows must predict, for its error to have digits."""


def fit_ridge_cv(
    factors: Sequence[Factor | None],
    moments: Sequence[Moments | None],
    estimator: Any,
    training: Training,
) -> Any | None:
    """The ``RidgeCV`` fitted to the rows of all folds; None if it is better fitted plainly."""
    sums = all_sums(factors, moments, estimator)
    if sums is None:
        return None
    penalties = np.atleast_1d(np.asarray(estimator.alphas, dtype=np.float64))
    scores = _Penalties.of(*sums, penalties, estimator.fit_intercept).scores(training)
    if not np.isfinite(scores).all():
        return None
    best = int(np.argmax(scores))
    like = clone(estimator).set_params(alphas=[float(penalties[best])])
    fitted = fit_on_sums(*sums, estimator, like, training.seen.first(estimator))
    fitted.best_score_ = scores[best]
    return fitted


@dataclass(frozen=True, slots=True, eq=False)
class _Penalties:
    """Ridge regressions with several penalties, along the axes of the factor of their rows.

    ``shrunk`` (n_penalties, n_columns) is the diagonal of each inverse, ``slopes`` (n_columns,
    n_penalties) the coefficients, and ``share`` what the mean takes of a row of weight one.
    """

    means: Array
    mean: float
    axes: Array
    shrunk: Array
    slopes: Array
    share: float

    @classmethod
    def of(cls, rows: Factor, target: Moments, penalties: Array, fit_intercept: bool) -> _Penalties:
        """Those of the rows that have these sums."""
        _, lengths, axes = np.linalg.svd(rows.R)
        shrunk = 1 / (lengths**2 + penalties[:, None])
        slopes = (shrunk * (axes @ target.products)).T
        if not fit_intercept:
            return cls(np.zeros(len(rows.means)), 0.0, axes, shrunk, slopes, 0.0)
        return cls(rows.means, target.mean, axes, shrunk, slopes, 1 / rows.weight)

    def scores(self, training: Training) -> Array:
        """Minus the mean of the squared leave-one-out errors by penalty, as ``RidgeCV`` has it.

        NaN if a row hardly leaves any error.
        """
        n_rows, squares = len(training.target), np.zeros(len(self.shrunk))
        for start in range(0, n_rows, ROWS):
            squares += self._squares(*training.part(start, start + ROWS))
        return -squares / n_rows

    def _squares(self, numbers: Array, target: Array, weights: Array) -> Array:
        """The sums of the weighted squares of some rows' errors, by penalty."""
        along = (numbers - self.means) @ self.axes.T
        errors = (target - self.mean)[:, None] - along @ self.slopes
        left = 1 - weights[:, None] * (along**2 @ self.shrunk.T + self.share)
        return np.asarray(weights @ (errors / np.where(left > LEAST, left, np.nan)) ** 2)
