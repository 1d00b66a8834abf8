"""The best linear projection of the effect on covariates: a test of who benefits more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.joint_estimates import JointEstimates, against
from causal_dask.fitted.scores import (
    Scores,
    combined_over_repeats,
    degrees_of_freedom_of,
)
from causal_dask.formulas.linear_projection import projected
from causal_dask.inference.covariate_columns import complete_columns
from causal_dask.inference.of_learner import ate_scores
from causal_dask.tasks.rows import Array

CONSTANT = "(constant)"


@dataclass(frozen=True, eq=False, repr=False)
class LinearProjection(JointEstimates):
    """The best linear projection of each treatment's effect on covariates.

    Attributes
    ----------
    estimate : array of shape ((n_variants - 1) * n_terms,), float64
        Coefficients, treatment by treatment; in units of the outcome per unit of the covariate.
    covariance : array of shape (n_estimates, n_estimates), float64
        Of the coefficients.
    terms : tuple of str
        The constant, and the covariates.
    variants : tuple
        The labels of the variants; the first is control.
    df : float, optional
        Degrees of freedom of intervals and p-values; None means the normal distribution.
    """

    estimate: Array
    covariance: Array
    terms: tuple[str, ...]
    variants: tuple[Any, ...]
    df: float | None = None

    def to_frame(self, level: float = 0.95, *, simultaneous: bool = False) -> pd.DataFrame:
        """A row per treatment and term: coefficient, standard error, interval and p-value.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.
        simultaneous : bool, default False
            Whether the intervals cover all coefficients at once with this probability.

        Returns
        -------
        DataFrame
            Indexed by treatment and term.
        """
        bounds = self.simultaneous_interval(level) if simultaneous else self.interval(level)
        pairs = [(variant, term) for variant in self.variants[1:] for term in self.terms]
        index = pd.MultiIndex.from_tuples(pairs, names=["variant", "term"])
        return pd.DataFrame(self.columns(bounds), index=index)

    def heterogeneity(self) -> pd.DataFrame:
        """Test that no covariate has a coefficient, for each treatment and for all together.

        Returns
        -------
        DataFrame
            Indexed by treatment, with a last row ``"all"`` if there are several: the Wald
            statistic over its degrees of freedom, these, and the p-value, as of
            ``joint_test``.
        """
        n_terms, n = len(self.terms), len(self.variants) - 1
        each = np.eye(n * n_terms).reshape(n, n_terms, -1)
        return self.joint_tests([of_one[1:] for of_one in each], self.variants)

    @property
    def _title(self) -> str:
        return "Best linear projection of the effect"

    def _as_shown(self) -> pd.DataFrame:
        pairs = [(contrast, term) for contrast in against(self.variants) for term in self.terms]
        return self.to_frame().set_axis(
            pd.MultiIndex.from_tuples(pairs, names=["contrast", "term"])
        )


@ShortTraceback()
def best_linear_projection(learner: Any, covariates: Any) -> LinearProjection:
    """Regress the doubly robust scores on covariates: how the effect varies with them, tested.

    The coefficients are those of the linear function of the covariates that is closest to the
    effect, which need not be linear. They come from scores, not from predicted effects, so their
    intervals do not lean on the treatment model. The covariates must be chosen before looking at
    the effects, and be known before treatment.

    Parameters
    ----------
    learner : fitted learner, or Scores
        One that has scores, such as a DR- or X-learner; its ``scores()``, or those of new data.
    covariates : DataFrame or array of shape (n_rows, n_covariates)
        In the order of the rows of the scores; need not be the columns that the models saw. Words
        and categories become 0/1 columns, without the first category.

    Returns
    -------
    LinearProjection
        Standard errors are HC3, or CR3 over ``groups``; with repeats of the cross-fitting, the
        coefficients are combined as average effects are.

    Raises
    ------
    InvalidInput
        If the learner has no scores, rows or values are missing, or covariates are collinear.

    References
    ----------
    Semenova & Chernozhukov (2021), "Debiased machine learning of conditional average treatment
    effects and other causal functions", The Econometrics Journal 24(2). Cui, Kosorok, Sverdrup,
    Wager & Zhu (2023) for the name.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, best_linear_projection
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, n_features=3, effect="linear", random_state=0)
    >>> X = pd.DataFrame(study.X, columns=["age", "weight", "dose"])
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(X, study.y, study.w)
    >>> projection = best_linear_projection(learner, X)
    >>> projection.to_frame()["estimate"].round().astype(int).tolist()
    [1, 1, 0, 0]
    >>> bool(projection.heterogeneity()["p_value"].iloc[0] < 0.001)
    True
    """
    scores = ate_scores(learner)
    terms, design = _design(covariates, scores)
    found = [projected(each, design, scores.weights, scores.groups) for each in scores.values]
    estimate, covariance = combined_over_repeats(scores, found)
    df = degrees_of_freedom_of(scores)
    return LinearProjection(estimate, covariance, terms, scores.variants, df)


def _design(covariates: Any, scores: Scores) -> tuple[tuple[str, ...], Array]:
    """The terms and their columns, with a constant; raises where they cannot be regressed on."""
    names, values = complete_columns(covariates, "covariates", scores, drop_first=True)
    design = np.column_stack([np.ones(len(values)), values])
    counted = design if scores.weights is None else design[np.asarray(scores.weights) > 0]
    scale = np.abs(counted).max(axis=0)
    rank = int(np.linalg.matrix_rank(counted / np.where(scale > 0, scale, 1)))
    if rank < design.shape[1]:
        raise InvalidInput(
            f"The {design.shape[1]} columns of 'covariates', with a constant, are collinear: only "
            f"{rank} are independent. Leave out columns that are constant, or sums of others."
        )
    return (CONSTANT, *names), design
