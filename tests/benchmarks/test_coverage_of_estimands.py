"""Intervals for the treated, the controls, the overlap population and groups of rows cover.

So do those of a linear projection and of a rule's gains, and the projection's test rejects as often
as it says where all effects are equal. Five hundred simulated studies with linear models; eight
minutes on two cores.
"""

import warnings

import dask
import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import CausalDaskWarning, DRLearner, best_linear_projection, policy_value
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES = size(500, quick=10)
N_ROWS, N_CLUSTERS = 800, 100
LEAST = 0.93

RECORD = Record(
    name="coverage_of_estimands",
    title="Coverage of nominal 95 % intervals of average effects",
    identity=("case",),
    measure="coverage",
    note="`studies` were simulated; for groups the coverage is over all of them.",
)


SLOPE, COST = 0.8, 0.4


def effect_of(X, slope=SLOPE):
    return 1 + slope * X[:, 0]


def propensity_of(X):
    return expit(0.8 * X[:, 0] - 0.3)


def place_of(X):
    """Three groups of rows, by a covariate that moderates nothing by itself."""
    return np.digitize(X[:, 1], [-0.5, 0.7])


def rule_of(X):
    """A rule of treatment that was made beforehand."""
    return X[:, 0] + X[:, 1] > 0


def drawn(seed, n_clusters=None, slope=SLOPE):
    """A study; rows of a cluster share a shock of the outcome and of the effect."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_ROWS, 2))
    w = (rng.random(N_ROWS) < propensity_of(X)).astype(int)
    clusters = None if n_clusters is None else np.arange(N_ROWS) % n_clusters
    shock = 0 if clusters is None else rng.normal(size=n_clusters)[clusters] * (1 + w)
    y = X @ [1.0, 0.5] + w * effect_of(X, slope) + shock + rng.normal(size=N_ROWS)
    return X, y, w, clusters


def truths():
    """The average effects of each population, from five million rows."""
    X = np.random.default_rng(0).normal(size=(5_000_000, 2))
    effect, e, place = effect_of(X), propensity_of(X), place_of(X)
    weights = {"ATE": np.ones(len(X)), "ATT": e, "ATC": 1 - e, "ATO": e * (1 - e)}
    found = {name: [np.average(effect, weights=weight)] for name, weight in weights.items()}
    groups = [effect[place == k].mean() for k in range(3)]
    net, rule = effect - COST, rule_of(X)
    gain = (rule * net).mean()
    policy = [gain, gain - net.mean(), gain - rule.mean() * net.mean()]
    return found | {"groups": groups, "projection": [1.0, SLOPE, 0.0], "policy": policy}


def fitted(seed, n_clusters, slope=SLOPE):
    """A fitted learner, and its covariates."""
    X, y, w, clusters = drawn(seed, n_clusters, slope)
    learner = DRLearner(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=2, random_state=seed,
        enable_overall=False,
    )  # fmt: skip
    return learner.fit_all_nuisance(X, y, w, groups=clusters), X


def intervals(seed, n_clusters):
    """The intervals of one study, by case."""
    learner, X = fitted(seed, n_clusters)
    found = {
        estimand: learner.average_treatment_effect(estimand=estimand).interval()
        for estimand in ("ATE", "ATT", "ATC", "ATO")
    }
    return found | {
        "groups": learner.average_treatment_effect(by=place_of(X)).interval(),
        "projection": best_linear_projection(learner, X).interval(),
        "policy": policy_value(learner, rule_of(X), COST).interval(),
    }


def rejects(seed, n_clusters):
    """Whether the test finds heterogeneity where there is none, at 5 %."""
    learner, X = fitted(seed, n_clusters, slope=0.0)
    return best_linear_projection(learner, X).heterogeneity()["p_value"].iloc[0] < 0.05


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
        warnings.simplefilter("ignore", CausalDaskWarning)
        yield


@pytest.mark.parametrize("n_clusters", [None, N_CLUSTERS])
def test_intervals_cover(n_clusters):
    studies = [intervals(seed, n_clusters) for seed in range(N_STUDIES)]
    for case, expected in truths().items():
        bounds = np.stack([study[case] for study in studies])
        inside = (bounds[..., 0] < expected) & (np.array(expected) < bounds[..., 1])
        coverage, name = float(inside.mean()), named(case, n_clusters)
        RECORD.keep({"case": name, "studies": N_STUDIES, "coverage": coverage, "goal": LEAST})
        check(f"{name}: intervals that miss", 1 - coverage, 1 - LEAST)


@pytest.mark.parametrize("n_clusters", [None, N_CLUSTERS])
def test_the_test_of_heterogeneity_holds_its_level(n_clusters):
    size_found = float(np.mean([rejects(seed, n_clusters) for seed in range(N_STUDIES)]))
    name = named("heterogeneity, not found where there is none", n_clusters)
    RECORD.keep({"case": name, "studies": N_STUDIES, "coverage": 1 - size_found, "goal": LEAST})
    check(f"{name}: rejections at 5 %", size_found, 1 - LEAST)


def named(case, n_clusters):
    return case if n_clusters is None else f"{case}, clusters"
