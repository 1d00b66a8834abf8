"""Tests of heterogeneity hold their level where all effects are equal, and find it where not.

Each fold is judged on what was learned from the folds before it. Nulls: 500 simulated studies each,
or 1,000 with linear models, with and without clusters, weights and a third variant. Power: the
first set-up of Nie & Wager
(2021) with effects that vary by 0.15 of the noise, as in grf's vignette on rank-weighted effects.
An hour on two cores.
"""

import warnings

import dask
import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import (
    CausalDaskWarning,
    DRLearner,
    best_linear_projection,
    calibration,
    clan,
    gates,
    rate,
)
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES = size(500, quick=10)
N_POWER = size(500, quick=10)
LEVEL, LEAST, MOST, POWER = 0.05, 0.03, 0.07, 0.5

RECORD = Record(
    name="heterogeneity",
    title="How often tests of heterogeneity reject at 5 %",
    identity=("case", "test"),
    measure="rejected",
    note="`studies` were simulated. Without heterogeneity 3 to 7 % are right; with it, more is.",
)

CASES = {
    "1,000 rows": {"n_rows": 1_000},
    "2,500 rows": {"n_rows": 2_500},
    "1,000 rows, weights": {"n_rows": 1_000, "weighted": True},
    "1,000 rows in 200 clusters": {"n_rows": 1_000, "n_clusters": 200},
    "1,000 rows, three variants": {"n_rows": 1_000, "n_variants": 3},
}

TREES = {"n_estimators": 40, "max_depth": 2, "learning_rate": 0.1, "n_jobs": 1}


def null_study(seed, n_rows, n_variants=2, n_clusters=None, weighted=False):
    """Effects of 1 for all; clusters share a shock of the outcome."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4))
    logits = np.column_stack([np.zeros(n_rows), *(0.5 * X[:, k] for k in range(1, n_variants))])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    w = (rng.random(n_rows)[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)
    clusters = None if n_clusters is None else rng.integers(0, n_clusters, n_rows)
    shock = 0.0 if clusters is None else rng.normal(size=n_clusters)[clusters]
    y = X @ [1.0, 0.5, 0.0, 0.0] + (w > 0) + shock + rng.normal(size=n_rows)
    weights = rng.uniform(0.2, 2, n_rows) if weighted else None
    return X, y, w, {"sample_weight": weights, "groups": clusters}


def nie_wager_study(seed, n_rows=2_500, spread=0.15):
    rng = np.random.default_rng(seed)
    X = rng.uniform(size=(n_rows, 5))
    base = np.sin(np.pi * X[:, 0] * X[:, 1])
    effect = (X[:, 0] + X[:, 1]) / 2
    effect = 0.5 + (effect - 0.5) * spread / np.sqrt(1 / 24)
    w = (rng.random(n_rows) < np.clip(base, 0.1, 0.9)).astype(int)
    level = base + 2 * (X[:, 2] - 0.5) ** 2 + X[:, 3] + 0.5 * X[:, 4]
    return X, level + (w - 0.5) * effect + rng.normal(size=n_rows), w, {}


def linear_learner(seed, n_folds=5):
    return DRLearner(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=n_folds, random_state=seed,
        enable_overall=False,
    )  # fmt: skip


def boosted_learner(seed, n_folds=10):
    return DRLearner(
        nuisance_model_factory=XGBRegressor, propensity_model_factory=XGBClassifier,
        treatment_model_factory=XGBRegressor, nuisance_model_params=TREES,
        propensity_model_params=TREES, treatment_model_params=TREES, n_folds=n_folds,
        random_state=seed, enable_overall=False,
    )  # fmt: skip


def p_values(learner, study):
    """The p-value of each test; of several treatments, that of the first."""
    X, y, w, given = study
    learner.fit(X, y, w, **given)
    judged = learner.judged_effects(X)
    return {
        "BLP": best_linear_projection(learner, X).heterogeneity()["p_value"].iloc[-1],
        "AUTOC": rate(judged).p_value[0],
        "QINI": rate(judged, "QINI").p_value[0],
        "calibration": calibration(judged).p_value[0],
        "GATES, most less least": gates(judged).most_less_least().p_value[0],
        "GATES, all equal": gates(judged, 4).heterogeneity()["p_value"].iloc[-1],
        "CLAN, adjusted": clan(judged, X).adjusted_p_value.reshape(X.shape[1], -1)[:, 0].min(),
    }


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
        warnings.simplefilter("ignore", CausalDaskWarning)
        yield


def rejections(case, studies):
    found = {name: [study[name] for study in studies] for name in studies[0]}
    rejected = {name: float(np.mean(np.array(p) < LEVEL)) for name, p in found.items()}
    for name, share in rejected.items():
        RECORD.keep({"case": case, "test": name, "studies": len(studies), "rejected": share})
    return rejected


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("learner", [linear_learner, boosted_learner])
def test_a_true_null_is_rejected_as_often_as_the_level_says(learner, case):
    n_folds, n_studies = 5, N_STUDIES * (2 if learner is linear_learner else 1)
    studies = [
        p_values(learner(seed, n_folds), null_study(seed, **CASES[case]))
        for seed in range(n_studies)
    ]
    name = f"no heterogeneity, {learner.__name__.partition('_')[0]} models, {case}"
    for test, share in rejections(name, studies).items():
        check(f"{name}: {test}, rejections", share, MOST)


def test_heterogeneity_is_found():
    studies = [p_values(boosted_learner(seed), nie_wager_study(seed)) for seed in range(N_POWER)]
    found = rejections("effects vary by 0.15 of the noise, 2,500 rows", studies)
    for test in ("AUTOC", "QINI"):
        check(f"{test}: heterogeneity that is missed", 1 - found[test], 1 - POWER)


def test_the_null_of_the_simulation_is_one():
    X, y, w, _ = null_study(0, 20_000)
    propensity = expit(0.5 * X[:, 1])
    score = (w - propensity) / (propensity * (1 - propensity)) * (y - X @ [1.0, 0.5, 0, 0])
    assert abs(score.mean() - 1) < 0.1
