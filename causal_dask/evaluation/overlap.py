"""The overlap report: the spread of propensities, and the rows that weighting leaves in effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.errors import ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import Assignment, assignment_of
from causal_dask.formulas.propensities import effective_sample_size, outside
from causal_dask.tasks.rows import Array

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OverlapReport(Shown):
    """Propensities of a learner's training rows, by variant.

    Attributes
    ----------
    summary : DataFrame of shape (n_variants, 4)
        A row per variant, for the rows that received it. ``rows``: their number.
        ``effective_rows``: the number of equally weighted rows that would be as informative as
        these are once weighted (Kish 1965), at most ``rows``. ``outside``: the number with a
        propensity, of any variant, outside ``bounds``. ``share_outside``: that over ``rows``.
    quantiles : DataFrame of shape (n_variants ** 2, 9)
        Quantiles, ``"0%"`` to ``"100%"``, of the propensity of each variant among the rows of each
        variant, before clipping. Its index has the levels ``propensity_of`` and ``rows_of``.
    bounds : tuple of two floats
        Where propensities were clipped: ``clipping_threshold_``, and 1 minus it; known ones are
        not, unless that was asked for.
    variants : tuple
        The labels of the variants, control first.
    """

    summary: pd.DataFrame
    quantiles: pd.DataFrame
    bounds: tuple[float, float]
    variants: tuple[Any, ...]

    def _parts(self) -> list[Block]:
        summary = self.summary.assign(
            effective_rows=self.summary["effective_rows"].map("{:,.1f}".format),
            share_outside=self.summary["share_outside"].map("{:.1%}".format),
        )
        return [self._title, summary, QUANTILES_TITLE, self.quantiles.map("{:.3f}".format)]

    @property
    def _title(self) -> str:
        n_rows = self.summary["rows"].sum()
        low = float(f"{self.bounds[0]:.3g}")
        clipped = f"clipped to [{low:g}, {1 - low:g}]" if low else "not clipped"
        return (
            f"Overlap of {len(self.variants)} variants in {n_rows:,} rows, propensities {clipped}"
        )


QUANTILES_TITLE = "Quantiles of the propensities before clipping"


@ShortTraceback()
def overlap_report(learner: MetaLearner, X: Any = None) -> OverlapReport:
    """Report whether a learner's training rows overlap: could each have had every variant?

    Where a propensity is near 0 or 1, a variant is hardly ever seen. Estimates then rest on few
    rows with large weights, or on extrapolation. Look at the smallest propensity of each variant,
    and at the number of effective rows.

    Parameters
    ----------
    learner : fitted XLearner, RLearner or DRLearner
        With cross-fitted or known propensities. With repeats, their mean over the repeats is used.
    X : table of shape (n_rows, n_features), optional
        The training data. A learner knows their propensities without; other rows are refused.

    Returns
    -------
    OverlapReport
        Rows are counted without weights even if ``fit`` had a ``sample_weight``: overlap is a
        property of each row. In ``effective_rows`` a row weighs its ``sample_weight`` over its
        clipped propensity, as in the average effect.

    Raises
    ------
    InvalidInput
        If the learner has no propensity model, or no cross-fitted propensities (``n_folds=1``), or
        ``X`` is not the training data.
    NotFitted
        If it is not fitted, or did not keep its propensities (``keep_models=False``).
    InvalidType
        If it is not a metalearner.

    See Also
    --------
    plot_propensities : The same as a figure.
    balance_table : Whether weighting by these propensities makes the variants comparable.

    References
    ----------
    L. Kish (1965), Survey Sampling.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression, Ridge
    >>> from causal_dask import DRLearner, overlap_report
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, confounding=0.0, random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=Ridge,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=Ridge,
    ...     n_folds=5,
    ...     random_state=0,
    ... )
    >>> report = overlap_report(learner.fit(study.X, study.y, study.w))
    >>> report.summary["outside"].tolist()
    [0, 0]
    >>> bool((report.summary["effective_rows"] > 0.98 * report.summary["rows"]).all())
    True
    >>> report.quantiles.loc[(1, 0), "50%"].round(1).item()
    0.5
    """
    assignment = assignment_of(learner, X)
    return OverlapReport(
        summary=_summary(assignment),
        quantiles=_quantiles(assignment),
        bounds=assignment.bounds,
        variants=assignment.variants,
    )


def _summary(assignment: Assignment) -> pd.DataFrame:
    """The rows, effective rows and rows outside the bounds of each variant."""
    far, weights = (
        outside(assignment.propensities, assignment.clipping_threshold),
        assignment.weights,
    )
    own = [assignment.w == k for k in range(len(assignment.variants))]
    table = pd.DataFrame(
        {
            "rows": [int(rows.sum()) for rows in own],
            "effective_rows": [_effective(weights[rows]) for rows in own],
            "outside": [int(far[rows].sum()) for rows in own],
        },
        index=pd.Index(assignment.variants, name="variant", tupleize_cols=False),
    )
    return table.assign(share_outside=table["outside"] / table["rows"])


def _effective(weights: Array) -> float:
    """Kish's effective sample size; 0 if no row has a weight."""
    return effective_sample_size(weights) if weights.any() else 0.0


def _quantiles(assignment: Assignment) -> pd.DataFrame:
    """A row for each variant's propensity and each variant's rows."""
    numbers = range(len(assignment.variants))
    labels, w = assignment.variants, assignment.w
    found = np.stack(
        [np.quantile(assignment.propensities[w == k], QUANTILES, axis=0) for k in numbers]
    )
    pairs = {
        "propensity_of": [labels[j] for j in numbers for _ in numbers],
        "rows_of": [labels[k] for _ in numbers for k in numbers],
    }
    columns = [f"{share:.0%}" for share in QUANTILES]
    values = found.transpose(2, 0, 1).reshape(-1, len(QUANTILES))
    return pd.DataFrame(
        values, columns=columns, index=pd.MultiIndex.from_frame(pd.DataFrame(pairs))
    )
