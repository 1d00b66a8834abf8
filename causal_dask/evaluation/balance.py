"""The balance table: differences of covariates between variants, before and after weighting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import Assignment, assignment_of, training_table
from causal_dask.evaluation.numeric_covariates import blocks
from causal_dask.formulas.balance import (
    standardised_differences,
    weighted_means,
    weighted_variances,
)
from causal_dask.tasks.rows import Array


@ShortTraceback()
def balance_table(learner: MetaLearner, X: Any) -> pd.DataFrame:
    """Compare the covariates of each treatment with those of control, before and after weighting.

    Standardised mean differences: the difference of two means in standard deviations, the root of
    the mean of both groups' variances. After weighting, the means are weighted by one over the
    clipped propensity of the variant received, and the standard deviations stay as they were
    before, so that only differences of means change. Weighting by the true propensities makes all
    of them 0 up to chance; differences below 0.1 are often ignored.

    Parameters
    ----------
    learner : fitted XLearner, RLearner or DRLearner
        With cross-fitted or known propensities.
    X : array, DataFrame or sparse matrix of shape (n_rows, n_features)
        The training data. Columns that are neither numbers nor booleans are categories, of which
        each level is compared by its indicator.

    Returns
    -------
    DataFrame
        A row per treatment and covariate, in the order of the variants and columns, with the
        columns ``variant`` (its label), ``covariate``, ``before`` and ``after``. Columns of an
        array are called ``x0``, ``x1``, …, levels ``education = college``. A column with missing or
        infinite values is compared on the other rows, and whether it is missing is a covariate of
        its own, ``age = missing``. A ``sample_weight`` of ``fit`` weighs both columns and the
        variances.

    Raises
    ------
    InvalidInput
        If ``X`` is not the training data, or the learner has no (cross-fitted) propensities.
    NotFitted
        If it is not fitted, or did not keep its propensities (``keep_models=False``).
    InvalidType
        If it is not a metalearner, or ``X`` is not a table.

    See Also
    --------
    plot_balance : The same as a figure.

    References
    ----------
    P. C. Austin and E. A. Stuart (2015), Moving towards best practice when using inverse
    probability of treatment weighting, Statistics in Medicine 34, 3661-3679.
    E. A. Stuart (2010), Matching methods for causal inference, Statistical Science 25, 1-21,
    sec. 4.1: the same standard deviation before and after.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression, Ridge
    >>> from causal_dask import DRLearner, balance_table
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(5_000, random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=Ridge,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=Ridge,
    ...     n_folds=5,
    ...     random_state=0,
    ... )
    >>> table = balance_table(learner.fit(study.X, study.y, study.w), study.X)
    >>> table.columns.tolist()
    ['variant', 'covariate', 'before', 'after']
    >>> bool(table["before"].abs().max() > 0.4), bool(table["after"].abs().max() < 0.1)
    (True, True)
    """
    assignment, table = assignment_of(learner), training_table(learner, X)
    names: list[str] = []
    found: list[Array] = []
    for block in blocks(table):
        names += block.names
        found.append(_differences(block.values, assignment))
    differences = np.concatenate(found, axis=2)  # (before or after, treatment, covariate)
    treatments = pd.Index(assignment.variants[1:], tupleize_cols=False)
    return pd.DataFrame(
        {
            "variant": treatments.repeat(len(names)),
            "covariate": names * len(treatments),
            "before": differences[0].ravel(),
            "after": differences[1].ravel(),
        }
    )


def _differences(values: Array, assignment: Assignment) -> Array:
    """Standardised differences of each treatment, (2, treatments, covariates): before, after."""
    centred = values - np.fmin.reduce(values, axis=0)  # constant columns become exactly 0
    scale = np.fmax.reduce(centred, axis=0)
    weights = np.stack([assignment.sample_weight, assignment.weights])
    groups = [assignment.w == k for k in range(len(assignment.variants))]
    means = [weighted_means(centred[rows], weights[:, rows]) for rows in groups]
    variances = [weighted_variances(centred[rows], weights[0, rows]) for rows in groups]
    treatments = range(1, len(groups))
    return np.stack(
        [
            standardised_differences(means[k], means[0], variances[k], variances[0], scale)
            for k in treatments
        ],
        axis=1,
    )
