"""Importances of covariates for the effect: how far it moves if a covariate is permuted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.fitted.permuted import effect_changes
from causal_dask.study.tables.columns_of_fit import as_in_fit
from causal_dask.study.tables.table import table_here


@ShortTraceback()
def effect_importances(
    learner: MetaLearner, X: Any, *, n_permutations: int = 5, random_state: int = 0
) -> pd.DataFrame:
    """Measure how much of the variance of the effect each covariate has a share in.

    The value of a covariate is exchanged between rows of a fold, and each row's effect predicted
    again, by models that have not seen the row. Half the mean squared change estimates the total
    effect index times the variance (Jansen 1999). It works for every learner and base model.

    An importance explains the estimate: it is no test of whether a covariate moderates the effect,
    and covariates that go together share what each would have alone. Rows count alike, whatever
    their weights; of classes, the effect is that on the last one's probability.

    Parameters
    ----------
    learner : fitted learner
        With cross-fitted models, and one repeat.
    X : table of shape (n_rows, n_features)
        The training data.
    n_permutations : int, default 5
        How often each covariate is permuted.
    random_state : int, default 0
        Seeds the permutations.

    Returns
    -------
    DataFrame
        A row for each treatment and covariate, the most important ones first, with the columns
        ``variant``, ``covariate``, ``importance`` (in squared units of the effect),
        ``standard_error`` (over the folds) and ``share`` (of the variance of the effect; the shares
        of covariates that interact add up to more than one).

    Raises
    ------
    InvalidInput
        If ``X`` is not the training data, the learner has no cross-fitted models, or a number is
        out of its range.

    References
    ----------
    M. J. W. Jansen (1999), Analysis of variance designs for model output, Computer Physics
    Communications 117, 35-43.

    Examples
    --------
    >>> import numpy as np
    >>> from xgboost import XGBRegressor
    >>> from causal_dask import TLearner, effect_importances
    >>> rng = np.random.default_rng(0)
    >>> X, w = rng.normal(size=(2_000, 3)), rng.integers(0, 2, 2_000)
    >>> y = X[:, 0] + w * 2 * X[:, 1] + rng.normal(size=2_000)
    >>> learner = TLearner(
    ...     nuisance_model_factory=XGBRegressor,
    ...     nuisance_model_params={"n_estimators": 40, "max_depth": 3}, n_folds=3, random_state=0,
    ... )
    >>> table = effect_importances(learner.fit(X, y, w), X)
    >>> table["covariate"][0], bool(table["share"][0] > 0.8)
    ('x1', True)
    """
    n_permutations = whole_number(n_permutations, "n_permutations", 1)
    random_state = whole_number(random_state, "random_state", 0)
    fitted = fitted_state(learner)
    table = as_in_fit(table_here(X), fitted.prepared.columns)
    if table.node.key != fitted.study.X.key or not fitted.study.cross_fitted:
        raise InvalidInput(
            "'X' must be the data of fit, and n_folds 2 or more: importances are measured by "
            "models that have not seen a row."
        )
    if learner.n_repeats > 1:
        raise InvalidInput("effect_importances knows one cross-fitting. Set n_repeats to 1.")
    n_features = fitted.prepared.columns.n_features
    changes, variance = effect_changes(
        fitted, table.node, range(n_features), n_permutations, random_state
    )
    names = fitted.prepared.columns.names or [f"x{n}" for n in range(n_features)]
    treatments = fitted.prepared.variants[1:]
    rows = [_rows(label, names, changes[:, k], variance[k]) for k, label in enumerate(treatments)]
    return pd.concat(rows, ignore_index=True)


def _rows(label: Any, names: Any, changes: Any, variance: float) -> pd.DataFrame:
    """The rows of one treatment; ``changes`` are (covariates, folds)."""
    importance = changes.mean(axis=1)
    table = pd.DataFrame(
        {
            "variant": pd.Series([label] * len(names), dtype=object),
            "covariate": pd.Series(list(names), dtype=object),
            "importance": importance,
            "standard_error": changes.std(axis=1, ddof=1) / np.sqrt(changes.shape[1]),
            "share": importance / variance if variance > 0 else np.zeros(len(names)),
        }
    )
    return table.sort_values("importance", ascending=False, kind="stable")
