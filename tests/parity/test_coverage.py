"""Do 95 % intervals of the average effect cover it 95 times in 100? 200 simulations each.

Other estimands, and 500 simulations: tests/benchmarks/test_coverage_of_estimands.py.
"""

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner

N_SIMULATIONS, N_ROWS = 200, 400
TRUTH = {2: [1.0], 3: [1.0, -0.5]}


def simulated(seed, n_variants=2, n_groups=None):
    """A study with known average effects; rows of a group share a shock and a treatment effect."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_ROWS, 2))
    odds = np.exp(np.outer(X[:, 0], 0.5 * np.arange(n_variants)))
    shares = odds / odds.sum(axis=1, keepdims=True)
    w = (rng.random(N_ROWS)[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    groups = np.arange(N_ROWS) if n_groups is None else np.arange(N_ROWS) % n_groups
    shock = 0 if n_groups is None else rng.normal(size=n_groups)[groups] * (1 + w)
    effects = np.array([0.0, *TRUTH[n_variants]])[w] * (1 + 0.5 * X[:, 1])
    return X, X @ [1.0, 0.5] + effects + shock + rng.normal(size=N_ROWS), w, groups


def coverage(n_variants=2, weighted=False, n_groups=None):
    covered = []
    with dask.config.set(scheduler="synchronous"):
        for seed in range(N_SIMULATIONS):
            X, y, w, groups = simulated(seed, n_variants, n_groups)
            learner = DRLearner(
                nuisance_model_factory=LinearRegression,
                propensity_model_factory=LogisticRegression,
                treatment_model_factory=LinearRegression,
                n_folds=2,
                random_state=seed,
                enable_overall=False,
            )
            learner.fit_all_nuisance(
                X, y, w,
                sample_weight=np.exp(0.5 * X[:, 1]) if weighted else None,
                groups=groups if n_groups else None,
            )  # fmt: skip
            bounds = learner.average_treatment_effect().interval()
            # a weight of exp(0.5 x) moves the mean of x from 0 to 0.5, and the effect by half of it
            truth = np.array(TRUTH[n_variants]) * (1.25 if weighted else 1)
            covered.append((bounds[:, 0] < truth) & (truth < bounds[:, 1]))
    return np.mean(covered, axis=0)


@pytest.mark.filterwarnings("ignore::causal_dask.ClippedPropensities")
@pytest.mark.parametrize(
    "case",
    [{}, {"n_groups": 100}, {"n_variants": 3, "weighted": True}],
    ids=["plain", "clustered", "three variants, weighted"],
)
def test_intervals_cover_the_truth_as_often_as_they_say(case):
    found = coverage(**case)
    # the share of 200 has a standard error of 0.0154
    assert ((found >= 0.92) & (found <= 0.98)).all(), found
