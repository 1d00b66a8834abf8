"""How the rows with the largest predicted effects differ from those with the smallest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.judged_effects import Part
from causal_dask.formulas.average_effect import covariance_of
from causal_dask.formulas.targeting.rank_groups import group_means
from causal_dask.inference.covariate_columns import coded_columns
from causal_dask.inference.judged import by_treatment, checked, groups_and_treatments
from causal_dask.tasks.rows import Array

HALF = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class Clan(EstimateTable):
    """Means of covariates in the most and the least affected rows, and their differences.

    Made by ``clan``. The estimates are the differences; ``to_frame`` has the means beside them, and
    ``adjusted_p_value``: that of Holm over the covariates, or that of equal effects in the two
    groups if it is larger. Where effects do not differ, what the groups differ in says nothing.

    Attributes
    ----------
    no_heterogeneity : array of shape (n_variants - 1,)
        For each treatment, the p-value of equal effects in the two groups.
    """

    no_heterogeneity: Array = field(default_factory=lambda: np.empty(0))

    def to_frame(self, level: float = 0.95, *, simultaneous: bool = False) -> pd.DataFrame:
        """A row per covariate and treatment, as of ``EstimateTable``, with adjusted p-values."""
        table = super().to_frame(level, simultaneous=simultaneous)
        return table.assign(adjusted_p_value=self.adjusted_p_value)

    @property
    def adjusted_p_value(self) -> Array:
        """P-values that hold for all covariates of a treatment at once, and for heterogeneity."""
        n = len(self.no_heterogeneity)
        p_values = np.nan_to_num(self.p_value.reshape(-1, n), nan=1.0)
        holm = np.column_stack([_holm(p_values[:, k]) for k in range(n)])
        return np.maximum(holm, np.nan_to_num(self.no_heterogeneity, nan=1.0)).ravel()


@ShortTraceback()
def clan(judged: Any, X: Any, share: float = 0.2) -> Clan:
    """Compare covariates of the rows with the largest predicted effects and with the smallest.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data.
    X : DataFrame or array of shape (n_rows, n_covariates)
        Covariates in the order of the rows, known before treatment; need not be those that the
        models saw. Words and categories become a 0/1 column each. Missing values are left out.
    share : float, default 0.2
        Of the rows in each of the two groups; more than 0, at most 0.5.

    Returns
    -------
    Clan
        A row for each covariate and treatment.

    Raises
    ------
    InvalidInput
        If rows are missing, or ``share`` is out of its range.

    References
    ----------
    Chernozhukov, Demirer, Duflo & Fernandez-Val (2025), Econometrica 93(4), sec. 3.3:
    classification analysis. Holm (1979), Scandinavian Journal of Statistics 6(2).

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, clan
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, n_features=3, effect="linear", random_state=0)
    >>> X = pd.DataFrame(study.X, columns=["age", "weight", "dose"])
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(X, study.y, study.w)
    >>> table = clan(learner.judged_effects(X), X).to_frame()
    >>> bool(table.loc[("age", 1), "adjusted_p_value"] < 0.001)
    True
    """
    judged = checked(judged)
    if not isinstance(share, float) or not 0 < share <= HALF:
        raise InvalidInput(f"'share' must be more than 0 and at most 0.5. Got {share!r}.")
    names, columns = coded_columns(X, "X", judged.scores, drop_first=False)
    n, m = len(judged.variants) - 1, len(names)

    def of_part(part: Part) -> tuple[Array, Array]:
        """Both means of each covariate, then both mean scores; treatments vary last."""
        found = [_sides(part, columns[part.rows], k, share) for k in range(n)]
        means, moved = (np.stack(each, axis=-1) for each in zip(*found, strict=True))
        return means.ravel(), covariance_of(moved.reshape(len(part.rows), -1), part.groups)

    estimate, covariance = judged.estimate(of_part)
    means = estimate.reshape(m + 1, 2, n)
    picks = np.kron(np.kron(np.eye(m + 1), [[1.0, -1.0]]), np.eye(n))
    found, spread = picks @ estimate, picks @ covariance @ picks.T
    ranking = EstimateTable(
        found[m * n :], spread[m * n :, m * n :], by_treatment(judged), "", df=judged.df
    )
    of = slice(0, m * n)
    index = groups_and_treatments(list(names), judged, "covariate")
    beside = {"most_affected": means[:m, 0].ravel(), "least_affected": means[:m, 1].ravel()}
    title = f"Covariates of the {share:.0%} most affected rows less those of the least affected"
    return Clan(found[of], spread[of, of], index, title, beside, judged.df, ranking.p_value)


def _sides(part: Part, columns: Array, k: int, share: float) -> tuple[Array, Array]:
    """Means of columns and of the scores in the most and the least affected; contributions.

    (columns and scores, 2), and with the rows before. Missing values are left out: a mean is the
    ratio of two means, of the values and of how many there are.
    """
    values = np.column_stack([columns, part.scores[:, k]])
    present = ~np.isnan(values)
    both = np.column_stack([np.nan_to_num(values), present])
    bounds = np.array([0, share, 1 - share, 1]) if share < HALF else np.array([0, HALF, 1])
    means, moved = group_means(both, part.effects[:, k], bounds, part.weights)
    ends, m = [-1, 0], values.shape[1]
    sums, there = means[ends, :m].T, means[ends, m:].T
    if (there <= 0).any():
        raise InvalidInput(
            "'X' has a column without values in the most or the least affected rows of a part."
        )
    ratio = sums / there
    of_sums, of_there = (np.swapaxes(moved[:, ends][:, :, of], 1, 2) for of in
                         (slice(None, m), slice(m, None)))  # fmt: skip
    return ratio, (of_sums - ratio * of_there) / there


def _holm(p_values: Array) -> Array:
    """Holm's adjusted p-values."""
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted
