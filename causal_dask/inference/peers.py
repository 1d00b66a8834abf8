"""Our effects and scores in the hands of other packages, to compare numbers or go on there."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput, MissingExtra, ShortTraceback
from causal_dask.fitted.judged_effects import JudgedEffects
from causal_dask.inference.judged import checked


@ShortTraceback()
def to_drtester(judged: Any) -> Any:
    """Make EconML's ``DRTester`` of judged effects, with their scores in place of its nuisances.

    Its estimates are of all judged rows pooled. Its p-values are not to be trusted: the curves of
    ``evaluate_uplift`` leave out the highest and the lowest 5 %, and a reversed ranking can pass
    for a good one. ``rate`` and ``calibration`` hold their level.

    Parameters
    ----------
    judged : JudgedEffects
        ``learner.judged_effects(X)``, or of new data; without weights and with one repeat.

    Returns
    -------
    econml.validate.DRTester
        Ready for ``evaluate_blp()`` and ``evaluate_uplift()``.

    Raises
    ------
    MissingExtra
        If EconML is not installed.
    InvalidInput
        If rows have weights, or the cross-fitting was repeated.

    Examples
    --------
    >>> import numpy as np
    >>> from causal_dask import JudgedEffects, Scores, to_drtester
    >>> rng = np.random.default_rng(0)
    >>> effect = rng.normal(size=500)
    >>> scores = Scores((effect + rng.normal(size=500))[None, :, None], ("none", "some"))
    >>> float(round(to_drtester(JudgedEffects(effect, scores)).evaluate_blp().params[0], 1))
    1.0
    """
    judged = checked(judged)
    _check_plain(judged)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what EconML imports is its own business
            from econml.validate import DRTester  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra.named("econml", "econml") from error
    parts = judged.parts()[0]
    tester = DRTester(model_regression=None, model_propensity=None, cate=None)
    tester.treatments = np.arange(len(judged.variants))
    tester.n_treat = len(judged.variants) - 1
    tester.fit_on_train = False
    tester.dr_val_ = np.concatenate([part.scores for part in parts])
    tester.ate_val = tester.dr_val_.mean(axis=0)
    tester.cate_preds_val_ = np.concatenate([part.effects for part in parts])
    tester.cate_preds_train_ = tester.cate_preds_val_  # of which it takes quantiles only
    return tester


def _check_plain(judged: JudgedEffects) -> None:
    if judged.scores.weights is not None or len(judged.parts()) > 1:
        raise InvalidInput(
            "'judged' has weights of rows, or repeats of the cross-fitting, which DRTester does "
            "not know."
        )
