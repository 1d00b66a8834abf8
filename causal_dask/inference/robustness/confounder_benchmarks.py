"""How strong measured covariates are as confounders, to judge what a missed one could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.fitted.scores import Scores


@ShortTraceback()
def confounder_benchmarks(
    learner: Any, X: Any, covariates: Mapping[str, Sequence[Any]], *, store: Any = None,
    retries: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Estimate how strong covariates are as confounders, by leaving them out.

    A confounder that was missed is plausible if it is no stronger than what was measured. The
    models that see the covariates are fitted again without; all groups run as one graph.

    Parameters
    ----------
    learner : fitted learner
        One that has scores, such as a DR- or X-learner.
    X : table of shape (n_rows, n_features)
        The training data.
    covariates : dict of lists
        Groups of columns by a name of your own: names of columns, or their positions.
    store, retries
        As in ``fit``.

    Returns
    -------
    DataFrame
        Indexed by name and treatment. ``cf_y``, by how much the covariates reduce the outcome's
        residual variance, as a share of what is left; ``cf_d``, the share of the variance of the
        Riesz representer that comes with them; ``rho``, the correlation of the two parts;
        ``estimate``, the average effect without them, and ``change``, how far that is from the one
        with them. The first three are what ``sensitivity`` takes, for a confounder as strong as
        these covariates.

    Raises
    ------
    InvalidInput
        If the learner has no scores, or there is no such column.
    InvalidType
        If ``covariates`` is no dict of lists.
    ModelFailed
        If base models raised, as those that choose columns by name may.

    References
    ----------
    Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis (2022), "Long story short: omitted variable
    bias in causal machine learning", NBER 30302, sec. 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, confounder_benchmarks
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, n_features=3, random_state=0)
    >>> X = pd.DataFrame(study.X, columns=["age", "weight", "dose"])
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=3, random_state=0,
    ... ).fit(X, study.y, study.w)
    >>> table = confounder_benchmarks(learner, X, {"age": ["age"], "dose": ["dose"]})
    >>> bool(table.loc[("age", 1), "cf_y"] > table.loc[("dose", 1), "cf_y"])
    True
    """
    if not callable(getattr(learner, "scores_without", None)):
        raise InvalidType(f"'learner' must be a fitted learner. Got {type(learner).__name__}.")
    if not isinstance(covariates, Mapping) or not covariates:
        raise InvalidType(
            "'covariates' must be a dict of lists of columns by a name of your own, such as "
            f"{{'diet': ['weight', 'age']}}. Got {covariates!r}."
        )
    long = learner.scores(with_bias=True)
    short = learner.scores_without(X, covariates, store=store, retries=retries)
    rows = {
        (name, variant): _strengths(long, scores, k)
        for name, scores in short.items()
        for k, variant in enumerate(long.variants[1:])
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["covariates", "variant"])
    return pd.DataFrame(list(rows.values()), index=index)


class Means(NamedTuple):
    """The average effect, the outcome's residual variance, the mean squared representer."""

    effect: float
    variance: float
    representer: float


def _strengths(long: Scores, short: Scores, k: int) -> dict[str, float]:
    """What leaving covariates out does to one contrast; medians over the repeats."""
    found = [
        _strength(long, short, repeat, k) for repeat in range(np.asarray(long.values).shape[0])
    ]
    return {name: float(np.median([each[name] for each in found])) for name in found[0]}


def _strength(long: Scores, short: Scores, repeat: int, k: int) -> dict[str, float]:
    with_them, without = (_means(scores, repeat, k) for scores in (long, short))
    unexplained = max(without.variance - with_them.variance, 0.0)
    precision = max(with_them.representer - without.representer, 0.0)
    change = without.effect - with_them.effect
    most = np.sqrt(unexplained * precision)
    rho = float(np.clip(change / most, -1, 1)) if most > 0 else 0.0
    return {
        "cf_y": min(unexplained / with_them.variance, 1.0) if with_them.variance > 0 else 0.0,
        "cf_d": precision / with_them.representer if with_them.representer > 0 else 0.0,
        "rho": rho,
        "estimate": without.effect,
        "change": change,
    }


def _means(scores: Scores, repeat: int, k: int) -> Means:
    values, parts = np.asarray(scores.values), np.asarray(scores.bias)
    effect = np.average(values[repeat, :, k], weights=scores.weights)
    variance, debiased, plain = np.average(parts[repeat, :, k], axis=0, weights=scores.weights)
    return Means(float(effect), float(variance), float(debiased if debiased > 0 else plain))
