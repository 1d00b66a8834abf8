"""What is gained by the best use of a budget, with several treatments and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.answer_checks import some_numbers, whole_number
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.judged_effects import JudgedEffects, Part, without_errors
from causal_dask.formulas.targeting.budgets import Path, best_path, gains_by_budget
from causal_dask.formulas.targeting.half_samples import half_sample_covariance
from causal_dask.inference.judged import checked
from causal_dask.inference.net_scores import cost_of_rows
from causal_dask.tasks.rows import Array

NOBODY, UNTARGETED = "nobody treated", "untargeted spending"


@dataclass(frozen=True, eq=False, repr=False)
class BudgetCurve(EstimateTable):
    """What is gained per row by the best use of a budget. Made by ``budget_curve``.

    Attributes
    ----------
    budgets : array of shape (n_budgets,)
        What may be spent, per row.
    """

    budgets: Array = field(default_factory=lambda: np.empty(0))


@ShortTraceback()
def budget_curve(
    judged: Any,
    costs: Any,
    budgets: Sequence[float] | None = None,
    n_draws: int = 500,
    random_state: int = 0,
) -> BudgetCurve:
    """Estimate what is gained when a budget is spent where effects are predicted to be worth most.

    Each row gets at most one treatment. Money is spent in the order of predicted effect per unit of
    cost, and a row moves on to a dearer treatment where that is the best use of the next unit; rows
    whose effects are all predicted to be 0 or less get none. This solves the linear programme of
    the largest predicted gain. With one treatment of equal costs it is the Qini curve.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data; the effects must be in units of the outcome.
    costs : float, or array of shape (n_variants - 1,) or (n_rows, n_variants - 1)
        What each treatment costs more than control; 0 or more, in any unit. In the order of the
        treatments, or by their labels: as a dict, Series or frame.
    budgets : sequence of float, optional
        What may be spent per row, in the unit of the costs. By default 20, up to what would be
        spent without a limit.
    n_draws : int, default 500
        Random halves of the rows, or groups, from which standard errors are made.
    random_state : int, default 0
        Draws the halves.

    Returns
    -------
    BudgetCurve
        For each budget, the gain per row over treating nobody, and over spending it without looking
        at rows: on the treatments that are best by their mean predicted effects and costs, given at
        random. ``share_treated`` stands beside them.

    Raises
    ------
    InvalidInput
        If costs are negative, or budgets are.

    References
    ----------
    Sverdrup, Wu, Athey & Wager (2025), "Qini curves for multi-armed treatment rules", Journal of
    Computational and Graphical Statistics 34(3).

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, budget_curve
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, n_variants=3, effect="linear", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> curve = budget_curve(learner.judged_effects(study.X), costs=[1.0, 3.0], budgets=[0.2, 1.0])
    >>> gains = curve.to_frame()["estimate"].xs("nobody treated", level="over")
    >>> bool(0 < gains[0.2] < gains[1.0])
    True
    """
    judged = checked(judged)
    n_draws = whole_number(n_draws, "n_draws", 50)
    cost = cost_of_rows(costs, judged.scores)
    if cost.min() < 0:
        raise InvalidInput("'costs' must be 0 or more. Subtract a saving from the outcome instead.")
    at = _budgets(budgets, judged, cost)
    rng = np.random.default_rng(random_state)

    def of_part(part: Part) -> tuple[Array, Array]:
        own = np.ones(len(part.rows)) if part.weights is None else part.weights
        targeted, untargeted = _paths(part, cost[part.rows], own)

        def curve(multipliers: Array) -> Array:
            gain, plain = (
                gains_by_budget(path, part.scores, at, own * multipliers)[0]
                for path in (targeted, untargeted)
            )
            return np.stack([gain, gain - plain], axis=1).ravel()

        spread = half_sample_covariance(curve, len(own), part.groups, n_draws, rng)
        treated = gains_by_budget(targeted, part.scores, at, own)[1]
        return without_errors(curve(np.ones(len(own))), spread, treated)

    estimate, covariance = judged.estimate(of_part)
    m = 2 * len(at)
    pairs = [(round(float(b), 12), over) for b in at for over in (NOBODY, UNTARGETED)]
    index = pd.MultiIndex.from_tuples(pairs, names=["budget", "over"])
    beside = {"share_treated": np.repeat(estimate[m:], 2)}
    title = "Gain per row by budget per row"
    return BudgetCurve(estimate[:m], covariance[:m, :m], index, title, beside, judged.df, at)


def _paths(part: Part, cost: Array, weights: Array) -> tuple[Path, Path]:
    """The best spending by each row's predicted effects, and by their means."""
    means = np.average(part.effects, axis=0, weights=weights)
    shared = np.average(cost, axis=0, weights=weights)
    n_rows = len(cost)
    alike = best_path(np.tile(means, (n_rows, 1)), np.tile(shared, (n_rows, 1)))
    return best_path(part.effects, cost), alike


def _budgets(budgets: Sequence[float] | None, judged: JudgedEffects, cost: Array) -> Array:
    """The budgets asked about, or some up to what is spent without a limit."""
    if budgets is None:
        spent = []
        for part in judged.parts()[0]:
            path = best_path(part.effects, cost[part.rows])
            own = np.ones(len(part.rows)) if part.weights is None else part.weights
            spent.append(float(own[path.rows] @ path.cost / own.sum()))
        if not max(spent):
            raise InvalidInput(
                "No row has a predicted effect above 0 that costs something, so nothing is spent. "
                "Pass 'budgets' to see the curve nevertheless."
            )
        return np.linspace(0, max(spent), 21)[1:]
    at = some_numbers(budgets)
    if not np.isfinite(at).all() or at.min() < 0:
        raise InvalidInput(f"'budgets' must be a list of numbers of 0 or more. Got {budgets!r}.")
    return at
