"""What a rule of treatment gains over treating nobody, everybody, or as many at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.display import Block
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.joint_estimates import JointEstimates
from causal_dask.fitted.judged_effects import JudgedEffects, Part, without_errors
from causal_dask.formulas.average_effect import average
from causal_dask.formulas.targeting.rank_groups import near_bounds
from causal_dask.inference.net_scores import cost_of_rows
from causal_dask.inference.of_learner import ate_scores
from causal_dask.inference.policies.rules import (
    as_column,
    best,
    is_treated,
    only_rule,
    variants_given,
)
from causal_dask.tasks.rows import Array

NOBODY, AT_RANDOM = "nobody treated", "as many at random"


@dataclass(frozen=True, eq=False, repr=False)
class PolicyValue(JointEstimates):
    """What a rule of treatment gains, per row, over others.

    Attributes
    ----------
    estimate : array of shape (n_variants + 1,), float64
        Gains over treating nobody, everybody with each treatment, and as many at random; in units
        of the outcome, less costs.
    covariance : array of shape (n_estimates, n_estimates), float64
        Of the gains.
    over : tuple of str
        What the gains are over.
    shares : Series
        The share of the rows that the rule gives each variant.
    df : float, optional
        Degrees of freedom of intervals and p-values; None means the normal distribution.
    """

    estimate: Array
    covariance: Array
    over: tuple[str, ...]
    shares: pd.Series[Any]
    df: float | None = None

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """A row for each gain: estimate, standard error, interval and p-value.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.

        Returns
        -------
        DataFrame
            Indexed by what the gain is over.
        """
        return pd.DataFrame(
            self.columns(self.interval(level)), index=pd.Index(self.over, name="gain over")
        )

    @property
    def _title(self) -> str:
        return "Gain per row of a rule of treatment"

    def _parts(self) -> list[Block]:
        given = ", ".join(f"{label} to {share:.1%}" for label, share in self.shares.items())
        return [*super()._parts(), f"The rule gives {given} of the rows."]


@ShortTraceback()
def policy_value(  # noqa: PLR0913 - the ways to say what a rule is
    learner: Any,
    policy: Any = None,
    costs: Any = None,
    *,
    X: Any = None,
    threshold: float | None = None,
    top_share: float | None = None,
) -> PolicyValue:
    """Estimate what a rule of treatment gains over treating nobody, everybody, or at random.

    The rule must not have been made from the outcomes of these rows: it was fixed before, or made
    from other rows. A threshold on effects that a learner predicts for its own training rows has
    seen them, also where the predictions are cross-fitted; ``judged_effects`` have not.

    Parameters
    ----------
    learner : JudgedEffects, fitted learner, or Scores
        For ``threshold`` and ``top_share``, ``learner.judged_effects(X)``. For a ``policy``, also a
        learner that has scores, such as a DR- or X-learner, or its ``scores()``, or those of new
        data.
    policy : array of shape (n_rows,), callable or str, optional
        The variant that the rule gives each row, by its label. Where there are two variants, True
        and False are treatment and control, whatever their labels. In the order of the rows of the
        scores. Or a function of ``X`` that returns it, or its column in ``X``.
    costs : float, or array of shape (n_variants - 1,) or (n_rows, n_variants - 1), optional
        What each treatment costs more than control, in units of the outcome; in the order of the
        treatments, or by their labels: as a dict, Series or frame.
    X : DataFrame or array of shape (n_rows, n_features), optional
        What ``policy`` is a function or a column of.
    threshold : float, optional
        The rule gives the treatment of the largest predicted effect, less its cost, where that is
        more than this; and control otherwise.
    top_share : float, optional
        The rule gives that treatment to this share of rows, in which it is the largest. Rows of
        equal effects are taken in the order of ``X``.

    Returns
    -------
    PolicyValue

    Raises
    ------
    InvalidInput
        If the learner has no scores, the rule names an unknown variant or has truth values for
        more than two, or rows are missing; if there is no rule, or more than one.

    References
    ----------
    Athey & Wager (2021), "Policy learning with observational data", Econometrica 89(1), eq. 7.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, policy_value
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, effect="linear", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> value = policy_value(learner, study.X[:, 0] > 0, costs=0.5)
    >>> value.over
    ('nobody treated', 'everybody treated with 1', 'as many at random')
    >>> value.estimate.round(1)
    array([0.7, 0.1, 0.4])
    >>> policy_value(learner.judged_effects(study.X), costs=0.5, threshold=0).estimate.round(1)
    array([0.8, 0.2, 0.4])
    """
    judged = learner if isinstance(learner, JudgedEffects) else None
    scores = ate_scores(learner) if judged is None else judged.scores
    given = only_rule({"policy": policy, "threshold": threshold, "top_share": top_share})
    cost = cost_of_rows(costs, scores)
    if judged is None:
        if policy is None:
            raise InvalidInput(
                f"{given!r} is a rule of effects that can be judged. Pass "
                "learner.judged_effects(X) in place of the learner."
            )
        judged = JudgedEffects(np.zeros(np.asarray(scores.values).shape[1:]), scores)
    variants = scores.variants
    fixed = None if policy is None else variants_given(as_column(policy, X), scores)

    def of_part(part: Part) -> tuple[Array, Array]:
        own = cost[part.rows]
        if fixed is not None:
            return _gains(part, _columns(part, own, fixed[part.rows]), fixed[part.rows])
        treatment, largest = best(part, own)
        chosen = np.where(is_treated(largest, threshold, top_share, part.weights), treatment, 0)
        columns = _columns(part, own, chosen)
        if top_share is not None and 0 < chosen.mean() < 1:
            everybody = _columns(part, own, treatment) - _columns(part, own, 0 * treatment)
            near = near_bounds(largest, np.array([1 - top_share]), part.weights)
            inside = chosen > 0
            share = np.average(inside, weights=part.weights)
            columns = columns + (share - inside)[:, None] * (near.T @ everybody)
        return _gains(part, columns, chosen)

    estimate, covariance = judged.estimate(of_part)
    m = len(variants) + 1
    index = pd.Index(variants, name="variant", tupleize_cols=False)
    over = (NOBODY, *(f"everybody treated with {label}" for label in variants[1:]), AT_RANDOM)
    shares = pd.Series(estimate[m:], index=index)
    return PolicyValue(estimate[:m], covariance[:m, :m], over, shares, judged.df)


def _columns(part: Part, cost: Array, chosen: Array) -> Array:
    """What each row adds to the gains of a rule over nobody, over everybody and at random."""
    net = part.scores - cost
    treated = (chosen[:, None] == np.arange(1, net.shape[1] + 1)).astype(np.float64)
    gains = (treated * net).sum(axis=1, keepdims=True)
    centred = treated - np.average(treated, axis=0, weights=part.weights)
    means = np.average(net, axis=0, weights=part.weights)
    at_random = (centred * (net - means)).sum(axis=1, keepdims=True)
    return np.column_stack([gains, gains - net, at_random])


def _gains(part: Part, columns: Array, chosen: Array) -> tuple[Array, Array]:
    """The gains of a rule in a part, then the shares of the variants, which have no error."""
    estimate, covariance = average(columns, part.weights, part.groups)
    is_given = chosen[:, None] == np.arange(part.scores.shape[1] + 1)
    shares = np.average(is_given, axis=0, weights=part.weights)
    return without_errors(estimate, covariance, shares)
