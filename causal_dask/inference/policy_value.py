"""What a rule of treatment gains over treating nobody, everybody, or as many at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.joint_estimates import JointEstimates
from causal_dask.fitted.scores import Scores, combined_average, degrees_of_freedom_of
from causal_dask.inference.of_learner import ate_scores
from causal_dask.study.columns import column
from causal_dask.study.variants import codes_of
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

    def __repr__(self) -> str:
        return f"Value of a rule of treatment\n{self.to_frame().to_string()}"

    def _repr_html_(self) -> str:
        return self.to_frame().round(4).to_html()


def policy_value(learner: Any, policy: Any, costs: Any = None) -> PolicyValue:
    """Estimate what a rule of treatment gains over treating nobody, everybody, or at random.

    The rule must not have been made from the outcomes of these rows: it was fixed before, or made
    from other rows. A threshold on effects that a learner predicts for its own training rows has
    seen them, also where the predictions are cross-fitted, and its intervals would be too good.
    Judge it on new data, by ``learner.scores(X, y, w)``.

    Parameters
    ----------
    learner : fitted learner, or Scores
        One that has scores, such as a DR- or X-learner; its ``scores()``, or those of new data.
    policy : array of shape (n_rows,)
        The variant that the rule gives each row, by its label; True and False for two variants
        are treatment and control. In the order of the rows of the scores.
    costs : float, or array of shape (n_variants - 1,) or (n_rows, n_variants - 1), optional
        What each treatment costs more than control, in units of the outcome.

    Returns
    -------
    PolicyValue

    Raises
    ------
    InvalidInput
        If the learner has no scores, the rule names an unknown variant, or rows are missing.

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
    """
    scores = ate_scores(learner)
    values, variants = np.asarray(scores.values), scores.variants
    given = _given(policy, scores)
    net = values - _costs(costs, values.shape[1:])
    chosen = (given[:, None] == np.arange(1, len(variants))).astype(np.float64)
    gains = (chosen * net).sum(axis=2, keepdims=True)
    centred = chosen - np.average(chosen, axis=0, weights=scores.weights)
    means = np.average(net, axis=1, weights=scores.weights)[:, None, :]
    at_random = (centred * (net - means)).sum(axis=2, keepdims=True)
    columns = np.concatenate([gains, gains - net, at_random], axis=2)
    estimate, covariance = combined_average(scores, columns, None)
    shares = np.average(given[:, None] == np.arange(len(variants)), axis=0, weights=scores.weights)
    index = pd.Index(variants, name="variant", tupleize_cols=False)
    over = (NOBODY, *(f"everybody treated with {label}" for label in variants[1:]), AT_RANDOM)
    return PolicyValue(
        estimate, covariance, over, pd.Series(shares, index=index), degrees_of_freedom_of(scores)
    )


def _given(policy: Any, scores: Scores) -> Array:
    """The number of the variant that the rule gives each row."""
    check_rows(scores.index, policy, "policy")
    values = column(policy, "policy")
    n_rows = np.asarray(scores.values).shape[1]
    if len(values) != n_rows:
        raise InvalidInput(
            f"'policy' has {len(values)} entries, but there are scores of {n_rows} rows."
        )
    if values.dtype.kind == "b" and len(scores.variants) == 2:
        return values.astype(np.int64)
    return np.asarray(codes_of(values, scores.variants, "policy"))


def _costs(costs: Any, shape: tuple[int, ...]) -> Array:
    """The cost of each row and treatment."""
    found = np.asarray(0.0 if costs is None else costs, dtype=np.float64)
    fits = found.ndim == 0 or found.shape in {(shape[1],), shape}
    if not fits or not np.isfinite(found).all():
        raise InvalidInput(
            f"'costs' must be a number, one for each of the {shape[1]} treatments, or one for each "
            f"row and treatment, {shape}; all finite. Got the shape {found.shape}."
        )
    return np.broadcast_to(found, shape)
