"""Average effects on data where the answer is known: placebos, columns of noise, other samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.fitted.average_effect import ATEResult

LEVEL = 0.95


@ShortTraceback()
def refute(
    learner: Any, X: Any, n_draws: int = 20, *, store: Any = None, retries: int = 0
) -> pd.DataFrame:
    """Estimate the average effect again where the answer is known.

    With a placebo, the variants permuted within folds, it should be 0. With a random common cause,
    one more covariate that means nothing, and on random halves of the rows, it should be what it
    was. All draws are fitted as one graph. That a refuter finds nothing shows that the pipeline
    does what it should; it does not show that all confounders were measured.

    Parameters
    ----------
    learner : fitted learner
        One that has scores, such as a DR- or X-learner.
    X : table of shape (n_rows, n_features)
        The training data.
    n_draws : int, default 20
        How often each is drawn.
    store, retries
        As in ``fit``.

    Returns
    -------
    DataFrame
        Indexed by refuter and treatment: the ``expected`` effect; the mean ``estimate`` over the
        draws, and their ``standard_deviation``; and ``outside``, the share of draws whose 95 %
        interval does not hold the expected effect. For the placebo that is about 5 %; for the other
        two, whose rows are those of the estimate that they are compared with, less.

    Raises
    ------
    InvalidInput
        If the learner has no scores, or was given fitted models.

    References
    ----------
    Sharma & Kiciman (2020), "DoWhy: an end-to-end library for causal inference", arXiv 2011.04216.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, refute
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(1_000, effect="constant", random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=3, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> refute(learner, study.X, n_draws=5)["estimate"].round(0).abs().tolist()
    [0.0, 1.0, 1.0]
    """
    if not callable(getattr(learner, "refuted_scores", None)):
        raise InvalidType(f"'learner' must be a fitted learner. Got {type(learner).__name__}.")
    n_draws = whole_number(n_draws, "n_draws", 2)
    whole = learner.scores().average_effect()
    tried = learner.refuted_scores(X, n_draws, store=store, retries=retries)
    rows = {}
    for name, draws in tried.items():
        expected = np.zeros_like(whole.estimate) if "placebo" in name else whole.estimate
        effects = [scores.average_effect() for scores in draws]
        for k, variant in enumerate(whole.variants[1:]):
            rows[name, variant] = _row(effects, float(expected[k]), k)
    index = pd.MultiIndex.from_tuples(list(rows), names=["refuter", "variant"])
    return pd.DataFrame(list(rows.values()), index=index)


def _row(effects: list[ATEResult], expected: float, k: int) -> dict[str, float]:
    """How the draws of one refuter lie around what is expected."""
    estimates = np.array([effect.estimate[k] for effect in effects])
    bounds = np.stack([effect.interval(LEVEL)[k] for effect in effects])
    outside = (bounds[:, 0] > expected) | (bounds[:, 1] < expected)
    return {
        "expected": expected,
        "estimate": float(estimates.mean()),
        "standard_deviation": float(estimates.std(ddof=1)),
        "outside": float(outside.mean()),
    }
