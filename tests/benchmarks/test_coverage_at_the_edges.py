"""Intervals cover where they are hard to get right: few groups of unequal size, and many arms.

About ten minutes on two cores.
"""

import warnings

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import CausalDaskWarning, DRLearner
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES = size(500, quick=20)
N_STUDIES_OF_ARMS = size(60, quick=2)
N_ARMS, ROWS_OF_AN_ARM = 120, 50
GOAL = 0.92

RECORD = Record(
    name="coverage_at_the_edges",
    title="Coverage of nominal 95 % intervals",
    identity=("case",),
    measure="coverage",
    note="`studies` were simulated; the coverage is over all of them and all contrasts.",
)

MODELS = {
    "nuisance_model_factory": LinearRegression,
    "propensity_model_factory": LogisticRegression,
    "treatment_model_factory": LinearRegression,
    "n_folds": 2,
    "enable_overall": False,
}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
        warnings.simplefilter("ignore", CausalDaskWarning)
        yield


def covers(learner, data, truth, **given):
    """Whether the interval of each contrast has the true effect."""
    learner.fit_all_nuisance(*data, **given)
    bounds = learner.average_treatment_effect().interval()
    return (bounds[:, 0] < truth) & (truth < bounds[:, 1])


def of_groups(seed, sizes, treated_together):
    """Rows in groups that share a shock; whole groups, or rows, are treated."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    X = rng.normal(size=(len(groups), 2))
    arms = rng.permutation(np.arange(len(sizes)) % 2)
    w = arms[groups] if treated_together else rng.integers(0, 2, len(groups))
    shock = rng.normal(size=(2, len(sizes)))[w, groups]
    y = X @ [1.0, 0.5] + w + shock + rng.normal(size=len(groups))
    return (X, y, w), groups


UNEQUAL = np.r_[[10] * 5, [20] * 5, [40] * 5, [80] * 5]


@pytest.mark.parametrize(
    ("case", "sizes", "treated_together"),
    [
        ("20 equal groups", np.repeat(40, 20), False),
        ("20 unequal groups", UNEQUAL, False),
        ("20 unequal groups, treated as a whole", UNEQUAL, True),
        ("100 groups", np.repeat(10, 100), False),
    ],
)
def test_clustered_intervals_cover(case, sizes, treated_together):
    found = []
    for seed in range(N_STUDIES):
        data, groups = of_groups(seed, sizes, treated_together)
        learner = DRLearner(**MODELS, random_state=seed)
        found.append(covers(learner, data, 1.0, groups=groups, propensities=0.5))
    coverage = float(np.mean(found))
    RECORD.keep({"case": case, "studies": N_STUDIES, "coverage": coverage, "goal": GOAL})
    check(f"misses, {case}", 1 - coverage, 1 - GOAL)


def test_intervals_of_many_arms_with_known_propensities_cover():
    n_rows, found = N_ARMS * ROWS_OF_AN_ARM, []
    for seed in range(N_STUDIES_OF_ARMS):
        rng = np.random.default_rng(seed)
        X, w = rng.normal(size=(n_rows, 2)), rng.permutation(np.arange(n_rows) % N_ARMS)
        truth = np.linspace(0, 1, N_ARMS)
        y = X @ [1.0, 0.5] + truth[w] * (1 + X[:, 0]) + rng.normal(size=n_rows)
        known = np.full((n_rows, N_ARMS), 1 / N_ARMS)
        learner = DRLearner(**MODELS, random_state=seed)
        found.append(covers(learner, (X, y, w), truth[1:], propensities=known))
    coverage = float(np.mean(found))
    case = f"{N_ARMS} arms of {ROWS_OF_AN_ARM} rows, known propensities"
    RECORD.keep({"case": case, "studies": N_STUDIES_OF_ARMS, "coverage": coverage, "goal": GOAL})
    check(f"misses, {case}", 1 - coverage, 1 - GOAL)
