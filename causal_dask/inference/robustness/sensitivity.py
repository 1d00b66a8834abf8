"""How strong a confounder that was missed would have to be to explain an average effect away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from causal_dask.display import Block, Shown
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.scores import Scores, combined_over_repeats, degrees_of_freedom_of
from causal_dask.formulas.average_effect import average, standard_errors
from causal_dask.formulas.sensitivity import greatest_bias, strength
from causal_dask.inference.of_learner import ate_scores

STRONGEST = 0.9999
"""The strength at which the search for a robustness value ends."""


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Shown):
    """Bounds of average effects under a confounder that was missed, and robustness values.

    Made by ``sensitivity``.

    Attributes
    ----------
    table : DataFrame
        Indexed by treatment. ``estimate``; ``lower`` and ``upper``, the bounds of the effect for
        the strength asked about; ``lower_limit`` and ``upper_limit``, their one-sided confidence
        limits; ``robustness_value``, the strength at which the bound is ``null``, of a confounder
        that is as strong with the outcome as with the treatment; ``robustness_value_limit``, that
        at which the confidence limit is.
    cf_y, cf_d, rho, level, null : float
        What was asked.
    """

    table: pd.DataFrame
    cf_y: float
    cf_d: float
    rho: float
    level: float
    null: float

    def _parts(self) -> list[Block]:
        asked = f"cf_y={self.cf_y:g}, cf_d={self.cf_d:g}, rho={self.rho:g}, null={self.null:g}"
        heads = {name: str(name).replace("_", " ") for name in self.table}
        limits = f"Limits are one-sided, at the level {self.level:.4g}."
        return [
            f"Sensitivity to a missed confounder ({asked})",
            self.table.rename(columns=heads),
            limits,
        ]


@ShortTraceback()
def sensitivity(  # noqa: PLR0913 - what a scenario is made of
    learner: Any,
    cf_y: float = 0.03,
    cf_d: float = 0.03,
    rho: float = 1.0,
    level: float = 0.95,
    null: float = 0.0,
) -> Sensitivity:
    """Bound average effects under a confounder that was missed, and say how strong it must be.

    Parameters
    ----------
    learner : fitted learner, or Scores
        One that has scores, such as a DR- or X-learner; its ``scores(with_bias=True)``, or those
        of new data.
    cf_y : float, default 0.03
        The share of the outcome's residual variance that the confounder explains, from 0 to 1.
    cf_d : float, default 0.03
        The share of the variance of the Riesz representer, w / e - (1 - w) / (1 - e) for two
        variants, that comes with the confounder: how much more precisely it predicts treatment.
        From 0 to less than 1.
    rho : float, default 1.0
        The correlation of its two parts, from -1 to 1; 1 is the worst case.
    level : float, default 0.95
        Of the one-sided confidence limits.
    null : float, default 0.0
        The effect that a robustness value is about.

    Returns
    -------
    Sensitivity

    Raises
    ------
    InvalidInput
        If the learner has no scores, or a number is out of its range.

    References
    ----------
    Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis (2022), "Long story short: omitted variable
    bias in causal machine learning", NBER 30302, section 3; Cinelli & Hazlett (2020), Journal of
    the Royal Statistical Society B 82(1), for robustness values.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, sensitivity
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(1_000, effect="constant", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> found = sensitivity(learner, cf_y=0.1, cf_d=0.1)
    >>> row = found.table.loc[1]
    >>> bool(0 < row["lower_limit"] < row["lower"] < row["estimate"] < row["upper"])
    True
    >>> bool(0.2 < row["robustness_value_limit"] < row["robustness_value"] < 0.4)
    True
    """
    for name, value, most in (("cf_y", cf_y, 1.0), ("cf_d", cf_d, STRONGEST)):
        if not isinstance(value, Real) or not 0 <= value <= most:
            raise InvalidInput(f"'{name}' must be between 0 and {most:g}. Got {_named(value)}.")
    if not isinstance(rho, Real) or not -1 <= rho <= 1:
        raise InvalidInput(f"'rho' must be between -1 and 1. Got {rho!r}.")
    if not isinstance(level, Real) or not 0 < level < 1:
        raise InvalidInput(f"'level' must be between 0 and 1. Got {level!r}.")
    if not isinstance(null, Real) or not np.isfinite(null):
        raise InvalidInput(f"'null' must be a number. Got {null!r}.")
    scores = ate_scores(learner, with_bias=True)
    df = degrees_of_freedom_of(scores)
    quantile = float((stats.norm if df is None else stats.t(df)).ppf(level))
    contrasts = range(len(scores.variants) - 1)
    rows = [_row(_bounds_of(scores, k, quantile), cf_y, cf_d, rho, null) for k in contrasts]
    index = pd.Index(scores.variants[1:], name="variant", tupleize_cols=False)
    return Sensitivity(pd.DataFrame(rows, index=index), cf_y, cf_d, rho, level, null)


def _named(value: Any) -> str:
    """A value in an error: numbers and words as they are, tables and the like by their type."""
    return repr(value) if isinstance(value, Real | str | None) else f"a {type(value).__name__}"


Bounds = Callable[[float], tuple[float, float]]
"""The bound of an effect for a factor of its greatest bias, and its limit; -0.0 is the lower."""


def _bounds_of(scores: Scores, k: int, quantile: float) -> Bounds:
    """The bounds of one contrast's effect."""
    values, parts = np.asarray(scores.values)[..., k], np.asarray(scores.bias)[:, :, k]
    each = [greatest_bias(part, scores.weights) for part in parts]

    def bound(factor: float) -> tuple[float, float]:
        moved = [
            value + factor * (b.most + b.influence) for value, b in zip(values, each, strict=True)
        ]
        found = [average(column[:, None], scores.weights, scores.groups) for column in moved]
        estimate, covariance = combined_over_repeats(scores, found)
        error = float(standard_errors(covariance)[0])
        return float(estimate[0]), float(estimate[0] + np.copysign(quantile * error, factor))

    return bound


def _row(bounds: Bounds, cf_y: float, cf_d: float, rho: float, null: float) -> dict[str, float]:
    factor = strength(cf_y, cf_d, rho)
    (lower, lower_limit), (upper, upper_limit) = bounds(-factor), bounds(factor)
    estimate = bounds(0.0)[0]
    side = -1.0 if estimate > null else 1.0
    return {
        "estimate": estimate, "lower": lower, "upper": upper,
        "lower_limit": lower_limit, "upper_limit": upper_limit,
        "robustness_value": _strength_at(bounds, 0, side, rho, null),
        "robustness_value_limit": _strength_at(bounds, 1, side, rho, null),
    }  # fmt: skip


def _strength_at(bounds: Bounds, which: int, side: float, rho: float, null: float) -> float:
    """The strength, with outcome and treatment alike, at which a bound or its limit is ``null``."""

    def off(value: float) -> float:
        return (bounds(np.copysign(strength(value, value, rho), side))[which] - null) * side

    if np.isnan(off(0.0)):  # a limit without an error, as where all rows are of one group
        return float("nan")
    if off(0.0) >= 0:  # the limit is beyond null without any confounder
        return 0.0
    if off(STRONGEST) < 0:  # no confounder is strong enough, as where rho is 0
        return 1.0
    return float(brentq(off, 0.0, STRONGEST, xtol=1e-12))
