"""Where a confounder is missed whose strength is known, the limits of the bounds hold the effect.

Five hundred simulated studies; three minutes on two cores.
"""

import warnings

import dask
import numpy as np
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import CausalDaskWarning, DRLearner, sensitivity
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES, N_ROWS = size(500, quick=10), 1_000
N_DRAWS = 4_000
EFFECT, OF_TREATMENT, OF_OUTCOME = 1.0, 0.6, 0.7
MOST_MISSED = 0.06

RECORD = Record(
    name="missed_confounder",
    title="Limits of bounds under a missed confounder of known strength",
    identity=("case",),
    measure="missed",
    note="`missed`: the share of studies in which the effect is beyond the one-sided 95 % limit;"
    " `without`: beyond that of an estimate that allows for no confounder.",
)


def drawn(seed):
    """A study; nobody sees ``u``."""
    rng = np.random.default_rng(seed)
    x, u = rng.normal(size=(2, N_ROWS))
    w = (rng.random(N_ROWS) < expit(0.5 * x + OF_TREATMENT * u)).astype(int)
    y = x + OF_OUTCOME * u + EFFECT * w + rng.normal(size=N_ROWS)
    return x[:, None], y, w


def strengths():
    """How much of the outcome and of the treatment the confounder explains, by integration."""
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    x, u = points[:, None], points[None, :]
    e = expit(0.5 * x + OF_TREATMENT * u)
    short = e @ weights
    represented = weights @ (1 / e + 1 / (1 - e)) @ weights
    represented_short = weights @ (1 / short + 1 / (1 - short))
    left = 0.0  # the variance of u that is left once x and w are known
    for share in (e, 1 - e):
        total = share @ weights
        mean = (share * u) @ weights / total
        left += weights @ (total * ((share * u**2) @ weights / total - mean**2))
    cf_y = OF_OUTCOME**2 * left / (1 + OF_OUTCOME**2 * left)
    return cf_y, 1 - represented_short / represented


def test_limits_hold_the_effect():
    cf_y, cf_d = strengths()
    beyond, beyond_without = [], []
    with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
        warnings.simplefilter("ignore", CausalDaskWarning)
        for seed in range(N_STUDIES):
            learner = DRLearner(
                nuisance_model_factory=LinearRegression,
                propensity_model_factory=LogisticRegression,
                treatment_model_factory=LinearRegression,
                n_folds=2, random_state=seed, enable_overall=False,
            ).fit_all_nuisance(*drawn(seed))  # fmt: skip
            beyond.append(sensitivity(learner, cf_y, cf_d).table.loc[1, "lower_limit"] > EFFECT)
            without = sensitivity(learner, 0.0, 0.0).table.loc[1, "lower_limit"]
            beyond_without.append(without > EFFECT)
    missed, without = float(np.mean(beyond)), float(np.mean(beyond_without))
    assert without > 0.5  # else there is nothing to allow for
    RECORD.keep({
        "case": f"cf_y {cf_y:.3f}, cf_d {cf_d:.3f}", "studies": N_STUDIES, "missed": missed,
        "without": without, "goal": MOST_MISSED,
    })  # fmt: skip
    check("effects beyond the limit", missed, MOST_MISSED)
