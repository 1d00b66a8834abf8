"""Rank-weighted average effects: what it is worth to treat the highest-ranked rows first."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

import numpy as np

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.judged_effects import JudgedEffects, Part
from causal_dask.formulas.average_effect import covariance_of
from causal_dask.formulas.targeting.rankings import Target, rank_weighted
from causal_dask.inference.judged import by_treatment, checked
from causal_dask.tasks.rows import Array


@ShortTraceback()
def rate(judged: Any, target: Target = "AUTOC") -> EstimateTable:
    """Estimate the rank-weighted average treatment effect of a ranking of rows (RATE).

    It is 0 where the ranking says nothing about the effect, and its p-value is a test of that: for
    the effects of a learner, a test of heterogeneity.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data, or of any ranking. Rows are ranked within
        each part whose effects come from the same models; parts count in proportion to one over
        their standard errors, so that the p-value is that of the sum of their t-statistics.
    target : {"AUTOC", "QINI"}, default "AUTOC"
        The area under the targeting operator characteristic, which is strong where few rows have
        most of the effect; or the Qini coefficient, where effects vary over most rows.

    Returns
    -------
    EstimateTable
        A row for each treatment, ranked by its own effect; in units of the outcome. Standard errors
        are those of the infinitesimal jackknife, summed within groups.

    Raises
    ------
    InvalidInput
        If ``target`` is unknown.

    References
    ----------
    Yadlowsky, Fleming, Shah, Brunskill & Wager (2025), "Evaluating treatment prioritization rules
    via rank-weighted average treatment effects", JASA 120(549). Wager (2024), arXiv 2405.05534,
    for how parts are combined.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, rate
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, effect="linear", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> found = rate(learner.judged_effects(study.X))
    >>> float(found.estimate[0].round(1)), bool(found.p_value[0] < 0.001)
    (0.9, True)
    """
    judged = checked(judged)
    _check(target)
    estimate, covariance = judged.estimate(partial(_of_part, target=target), by_precision=True)
    return EstimateTable(
        estimate, covariance, by_treatment(judged), f"Rank-weighted average effect ({target})",
        df=judged.df,
    )  # fmt: skip


@ShortTraceback()
def compare_rankings(judged: Any, other: Any, target: Target = "AUTOC") -> EstimateTable:
    """Estimate how much better one ranking of the same rows is than another.

    Parameters
    ----------
    judged, other : JudgedEffects
        Of the same rows and scores, with the same folds: such as two learners with the same ``cv``,
        of which one passes the other as ``nuisances``; or the effects of a learner and a risk.
    target : {"AUTOC", "QINI"}, default "AUTOC"
        As in ``rate``.

    Returns
    -------
    EstimateTable
        For each treatment the difference of the two, with the standard error of paired rows.

    Raises
    ------
    InvalidInput
        If the two are not of the same rows, scores and folds.

    Examples
    --------
    >>> import numpy as np
    >>> from causal_dask import JudgedEffects, Scores, compare_rankings
    >>> rng = np.random.default_rng(0)
    >>> effect = rng.normal(size=500)
    >>> scores = Scores((effect + rng.normal(size=500))[None, :, None], ("none", "some"))
    >>> good, bad = JudgedEffects(effect, scores), JudgedEffects(rng.normal(size=500), scores)
    >>> bool(compare_rankings(good, bad).estimate[0] > 0.5)
    True
    """
    judged, other = checked(judged), checked(other, "other")
    _check(target)
    ours, theirs = _all(judged), _all(other)
    same = len(ours) == len(theirs) and all(
        np.array_equal(one.rows, two.rows) and np.array_equal(one.scores, two.scores)
        for one, two in zip(ours, theirs, strict=True)
    )
    if not same:
        raise InvalidInput(
            "'judged' and 'other' must have the same scores and the same folds. Fit both learners "
            "with the same 'cv', and pass one of them as 'nuisances' of the other."
        )
    remaining = iter(theirs)

    def of_part(part: Part) -> tuple[Array, Array]:
        paired = next(remaining)  # parts are asked for in the order of both
        one, of_one = _columns(part, part.effects, target)
        two, of_two = _columns(part, paired.effects, target)
        return one - two, covariance_of(of_one - of_two, part.groups)

    estimate, covariance = judged.estimate(of_part, by_precision=True)
    title = f"Rank-weighted average effect ({target}) of one ranking less that of the other"
    return EstimateTable(estimate, covariance, by_treatment(judged), title, df=judged.df)


def _all(judged: JudgedEffects) -> list[Part]:
    """The parts of all repeats."""
    return [part for parts in judged.parts() for part in parts]


def _of_part(part: Part, target: Target) -> tuple[Array, Array]:
    estimate, contributions = _columns(part, part.effects, target)
    return estimate, covariance_of(contributions, part.groups)


def _columns(part: Part, effects: Array, target: Target) -> tuple[Array, Array]:
    """The estimate of each treatment, and what each row contributes to its error."""
    found = [
        rank_weighted(part.scores[:, k], effects[:, k], target, part.weights)
        for k in range(effects.shape[1])
    ]
    return np.array([e for e, _ in found]), np.column_stack([c for _, c in found])


def _check(target: str) -> None:
    if target not in get_args(Target):
        raise InvalidInput(f"'target' must be one of {list(get_args(Target))}. Got {target!r}.")
