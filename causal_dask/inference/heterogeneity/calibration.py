"""Whether predicted effects are as large as they should be, and vary as the effects do."""

from __future__ import annotations

from typing import Any

import numpy as np

from causal_dask.errors import ShortTraceback
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.judged_effects import Part
from causal_dask.formulas.average_effect import covariance_of
from causal_dask.inference.judged import checked, groups_and_treatments
from causal_dask.tasks.rows import Array

SLOPE, LEVEL = "slope", "level"


@ShortTraceback()
def calibration(judged: Any) -> EstimateTable:
    """Estimate how the effects vary with the predicted ones, and how far their level is off.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data.

    Returns
    -------
    EstimateTable
        For each treatment, the ``"slope"`` of the scores on the predicted effects: 1 if predictions
        are calibrated, less if they vary too much, 0 if they say nothing. Its p-value tests 0, that
        is whether any heterogeneity was found. And the ``"level"``, the mean score less the mean
        prediction, in units of the outcome. Standard errors are HC3, summed within groups.

    References
    ----------
    Chernozhukov, Demirer, Duflo & Fernandez-Val (2025), Econometrica 93(4), sec. 3.1: the best
    linear predictor of the CATE. Wager (2024), arXiv 2405.05534, for how parts are combined.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, calibration
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, effect="linear", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> found = calibration(learner.judged_effects(study.X))
    >>> float(found.to_frame().loc[("slope", 1), "estimate"].round(1))
    0.9
    """
    judged = checked(judged)
    estimate, covariance = judged.estimate(_of_part, by_precision=True)
    index = groups_and_treatments([SLOPE, LEVEL], judged, "of")
    return EstimateTable(
        estimate, covariance, index, "Calibration of predicted effects", df=judged.df
    )


def _of_part(part: Part) -> tuple[Array, Array]:
    """The slopes of a part, then the levels."""
    treatments = range(part.effects.shape[1])
    slopes, moved = zip(*(_slope(part, k) for k in treatments), strict=True)
    level, contributions = _mean(part.scores - part.effects, part.weights)
    both = np.column_stack([np.column_stack(moved), contributions])
    return np.concatenate([slopes, level]), covariance_of(both, part.groups)


def _slope(part: Part, k: int) -> tuple[float, Array]:
    """The slope of one treatment's scores on its predicted effects, and its contributions (HC3)."""
    s = np.ones(len(part.rows)) if part.weights is None else part.weights
    x = _centred(part.effects[:, [k]], part.weights)[:, 0]
    scale = s @ x**2
    if scale <= np.finfo(float).tiny:  # predictions that do not vary say nothing
        return 0.0, np.zeros(len(x))
    y = _centred(part.scores[:, [k]], part.weights)[:, 0]
    slope = s @ (x * y) / scale
    leverage = s * (x**2 / scale + 1 / s.sum())
    return float(slope), s * x * (y - slope * x) / np.maximum(1 - leverage, 1e-9) / scale


def _mean(values: Array, weights: Array | None) -> tuple[Array, Array]:
    """The means of columns, and their contributions."""
    s = np.ones(len(values)) if weights is None else weights
    mean = s @ values / s.sum()
    return mean, s[:, None] * (values - mean) / s.sum()


def _centred(values: Array, weights: Array | None) -> Array:
    """Columns less their means."""
    return values - np.average(values, axis=0, weights=weights)
