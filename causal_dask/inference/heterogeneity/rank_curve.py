"""What is gained by treating the highest-ranked rows, for each share of rows that is treated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.answer_checks import some_numbers, whole_number
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.judged_effects import Part
from causal_dask.formulas.targeting.half_samples import half_sample_covariance
from causal_dask.formulas.targeting.rankings import ranked, targeting_gains
from causal_dask.inference.judged import checked, groups_and_treatments
from causal_dask.inference.net_scores import cost_of_rows
from causal_dask.tasks.rows import Array

Measure = Literal["uplift", "qini", "toc"]

TITLES = {
    "uplift": "Gain per row over treating nobody, by share treated",
    "qini": "Gain per row over treating as many at random, by share treated",
    "toc": "Mean effect of those treated less that of all, by share treated",
}


@dataclass(frozen=True, eq=False, repr=False)
class RankCurve(EstimateTable):
    """What is gained by treating the highest-ranked rows first. Made by ``rank_curve``.

    Attributes
    ----------
    measure : {"uplift", "qini", "toc"}
        What the curve shows.
    fractions : array of shape (n_fractions,)
        The shares of rows that are treated.
    variants : tuple
        The labels of the variants; the first is control.
    """

    measure: str = "uplift"
    fractions: Array = field(default_factory=lambda: np.empty(0))
    variants: tuple[Any, ...] = ()


@ShortTraceback()
def rank_curve(  # noqa: PLR0913 - what is drawn, and how its errors are found
    judged: Any,
    measure: Measure = "uplift",
    fractions: Sequence[float] | None = None,
    costs: Any = None,
    n_draws: int = 500,
    random_state: int = 0,
) -> RankCurve:
    """Estimate what is gained by treating the highest-ranked rows, by the share that is treated.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data, or of any ranking.
    measure : {"uplift", "qini", "toc"}, default "uplift"
        The gain per row of the population over treating nobody; that over treating as many at
        random (the Qini curve); or the mean effect of those treated less that of all rows (the
        targeting operator characteristic).
    fractions : sequence of float, optional
        Shares of rows, more than 0 and at most 1. By default 20 from 0.05 to 1.
    costs : float, or array of shape (n_variants - 1,) or (n_rows, n_variants - 1), optional
        What each treatment costs more than control, in units of the outcome; in the order of the
        treatments, or by their labels: as a dict, Series or frame.
    n_draws : int, default 500
        Random halves of the rows, or groups, from which standard errors are made.
    random_state : int, default 0
        Draws the halves.

    Returns
    -------
    RankCurve
        A row for each share and treatment. ``to_frame(simultaneous=True)`` gives a band that holds
        for the whole curve.

    Raises
    ------
    InvalidInput
        If an argument is out of its range.

    References
    ----------
    Yadlowsky et al. (2025), JASA 120(549), for the TOC; Radcliffe (2007), "Using control groups to
    target on predicted lift", Direct Marketing Analytics Journal, for the Qini curve.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, rank_curve
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, effect="linear", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> judged = learner.judged_effects(study.X)
    >>> curve = rank_curve(judged, fractions=[0.25, 0.5, 0.75, 1], costs=0.5)
    >>> curve.to_frame()["estimate"].round(1).tolist()
    [0.5, 0.7, 0.7, 0.5]
    """
    judged = checked(judged)
    if measure not in TITLES:
        raise InvalidInput(f"'measure' must be one of {list(get_args(Measure))}. Got {measure!r}.")
    at = _checked_fractions(fractions)
    n_draws = whole_number(n_draws, "n_draws", 50)
    cost = cost_of_rows(costs, judged.scores)
    rng = np.random.default_rng(random_state)

    def of_part(part: Part) -> tuple[Array, Array]:
        curve = _curve_of(part, cost[part.rows], measure, at)
        n_rows = len(part.rows)
        spread = half_sample_covariance(curve, n_rows, part.groups, n_draws, rng)
        return curve(np.ones(n_rows)), spread

    estimate, covariance = judged.estimate(of_part)
    index = groups_and_treatments([round(float(f), 12) for f in at], judged, "share treated")
    return RankCurve(
        estimate, covariance, index, TITLES[measure], {}, judged.df, measure, at, judged.variants
    )


def _curve_of(part: Part, cost: Array, measure: str, at: Array) -> Callable[[Array], Array]:
    """The curves of a part's treatments, by multipliers of the rows' weights."""
    net = part.scores - cost
    own = np.ones(len(net)) if part.weights is None else part.weights
    ranks = [ranked(column, own) for column in part.effects.T]

    def curve(multipliers: Array) -> Array:
        weights = own * multipliers
        found = [
            _of(measure, at, net[:, k], rank._replace(weights=weights[rank.order]))
            for k, rank in enumerate(ranks)
        ]
        return np.stack(found, axis=1).ravel()

    return curve


def _of(measure: str, fractions: Array, net: Array, rank: Any) -> Array:
    """The curve of one treatment, by weights in the order of the ranks."""
    gains = targeting_gains(net, rank, fractions)
    if measure == "uplift":
        return gains
    mean = np.average(net[rank.order], weights=rank.weights)
    over = gains - fractions * mean if measure == "qini" else gains / fractions - mean
    return np.where(fractions < 1, over, 0.0)  # all rows gain nothing over all rows


def _checked_fractions(fractions: Sequence[float] | None) -> Array:
    """The shares of rows asked about."""
    at = np.linspace(0.05, 1, 20) if fractions is None else some_numbers(fractions)
    if not ((at > 0) & (at <= 1)).all():
        raise InvalidInput(
            "'fractions' must be a list of shares of rows, more than 0 and at most 1. "
            f"Got {fractions!r}."
        )
    return at
