"""The lasso path of a linear or logistic regression, and its penalty by cross-validation.

What glmnet's ``cv.glmnet`` does with ``lambda.min``, at a fraction of ``LassoCV``'s time: all folds
walk down one grid of penalties together, from warm starts, on the columns that the strong rule
keeps (Tibshirani et al. 2012), and may stop once the deviance out of fold has stopped falling.
Some columns are free of penalty; the intercept is one of them. Coordinate descent is that of
scikit-learn.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.special import expit
from sklearn.linear_model import lasso_path

N_PENALTIES = 50
SMALLEST_SHARE = 0.01
"""The last penalty over the first: glmnet's where columns outnumber rows, as they do here."""

TOLERANCE = 1e-3
"""Of the duality gap, over the target's sum of squares; 1e-6 moved no mean error by 1e-4."""

MOST_SWEEPS = 200_000
MOST_NEWTON_STEPS = 25


@dataclass(frozen=True, slots=True)
class Family:
    """A distribution of the target: its mean and curvature by linear predictor, its deviance."""

    mean: Callable
    curvature: Callable
    deviance: Callable
    is_quadratic: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows to fit: columns with and without penalty, targets, and weights whose mean is one."""

    penalised: np.ndarray
    free: np.ndarray
    target: np.ndarray
    weight: np.ndarray

    def take(self, rows):
        """Some of the rows; columns stay contiguous, and weights have the mean one again."""
        penalised = np.asfortranarray(self.penalised[rows])
        weight = self.weight[rows] / self.weight[rows].mean()
        return Sample(penalised, self.free[rows], self.target[rows], weight)


@dataclass(frozen=True, slots=True)
class Solution:
    """The coefficients at one penalty, and what they give on the rows that they were fitted to."""

    penalised: np.ndarray
    free: np.ndarray
    linear: np.ndarray
    gradient: np.ndarray
    penalty: float

    def predict(self, penalised, free):
        """The linear predictor of other rows."""
        return penalised @ self.penalised + free @ self.free


GAUSSIAN = Family(
    mean=lambda linear: linear,
    curvature=np.ones_like,
    deviance=lambda target, linear: (target - linear) ** 2,
    is_quadratic=True,
)

BINOMIAL = Family(
    mean=expit,
    curvature=lambda mean: np.maximum(mean * (1 - mean), 1e-5),
    deviance=lambda target, linear: 2 * (np.logaddexp(0, linear) - target * linear),
    is_quadratic=False,
)


def best_of_path(sample, family, splits, patience):
    """The solution at the penalty whose deviance on the held-out rows is least.

    The path is left when ``patience`` penalties in a row have not been better than the best.
    """
    parts = [sample.take(train) for train, _ in splits]
    held = [(sample.penalised[rows], sample.free[rows], rows) for _, rows in splits]
    whole, *points = [_unpenalised(part, family) for part in [sample, *parts]]
    largest = np.abs(whole.gradient).max()
    penalties = largest * np.geomspace(1, SMALLEST_SHARE, N_PENALTIES)
    best, least, age = whole, np.inf, 0
    for before, penalty in pairwise([largest, *penalties]):
        whole, *points = [
            _next_solution(part, family, point, penalty, before)
            for part, point in zip([sample, *parts], [whole, *points], strict=True)
        ]
        deviance = _deviance(sample, family, points, held)
        best, least, age = (whole, deviance, 0) if deviance < least else (best, least, age + 1)
        if age == patience:
            break
    return best


def _deviance(sample, family, points, held):
    """The weighted sum over held-out rows."""
    return sum(
        sample.weight[rows] @ family.deviance(sample.target[rows], point.predict(*columns))
        for point, (*columns, rows) in zip(points, held, strict=True)
    )


def _unpenalised(sample, family):
    """The solution in which all penalised coefficients are zero."""
    start = Solution(
        penalised=np.zeros(sample.penalised.shape[1]),
        free=np.zeros(sample.free.shape[1]),
        linear=np.zeros(len(sample.target)),
        gradient=np.zeros(sample.penalised.shape[1]),
        penalty=0.0,
    )
    return _on_columns(sample, family, start, 0.0, np.array([], dtype=int))


def _next_solution(sample, family, point, penalty, before):
    """The solution at ``penalty``, from the one at the penalty before it."""
    kept = (point.penalised != 0) | (np.abs(point.gradient) >= 2 * penalty - before)
    while True:
        point = _on_columns(sample, family, point, penalty, np.flatnonzero(kept))
        wanted = ~kept & (np.abs(point.gradient) > penalty)
        if not wanted.any():
            return point
        kept |= wanted


def _on_columns(sample, family, point, penalty, kept):
    """The solution if only the ``kept`` penalised columns are there: Newton steps."""
    columns = sample.penalised[:, kept]
    for _ in range(MOST_NEWTON_STEPS):
        mean = family.mean(point.linear)
        curvature = family.curvature(mean)
        response = point.linear + (sample.target - mean) / curvature
        before, step = point.linear, (columns, response, sample.weight * curvature)
        point = _newton_step(sample, point, kept, step, penalty)
        if family.is_quadratic or np.abs(point.linear - before).max() < TOLERANCE:
            break
    residual = sample.weight * (sample.target - family.mean(point.linear))
    gradient = sample.penalised.T @ residual / len(residual)
    return replace(point, gradient=gradient, penalty=penalty)


def _newton_step(sample, point, kept, step, penalty):
    """The solution of one weighted lasso; free columns are projected out of the others."""
    columns, response, weight = step
    root = np.sqrt(weight)
    basis, triangle = np.linalg.qr(root[:, None] * sample.free)
    design, target = root[:, None] * columns, root * response
    design_left = design - basis @ (basis.T @ design)
    target_left = target - basis @ (basis.T @ target)
    coefficients = _lasso(design_left, target_left, penalty, point.penalised[kept])
    free = np.linalg.solve(triangle, basis.T @ (target - design @ coefficients))
    penalised = np.zeros_like(point.penalised)
    penalised[kept] = coefficients
    linear = columns @ coefficients + sample.free @ free
    return replace(point, penalised=penalised, free=free, linear=linear)


def _lasso(design, target, penalty, start):
    """The coefficients of a plain lasso without intercept."""
    if not len(start):
        return start
    _, path, _ = lasso_path(
        design, target, alphas=[penalty], coef_init=start,
        precompute=design.T @ design, Xy=design.T @ target,
        tol=TOLERANCE, max_iter=MOST_SWEEPS, check_input=False,
    )  # fmt: skip
    return path[:, 0]
