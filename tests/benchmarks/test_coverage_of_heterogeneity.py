"""Intervals of groups by predicted effect, of rankings, curves, rules and single effects cover.

What is covered is what models of earlier folds are worth in the population: linear models, so that
their predictions for five hundred thousand other rows are known. Five hundred simulated studies
each, and two hundred of a DR-learner's single effects; half an hour on two cores.
"""

import warnings

import dask
import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import (
    CausalDaskWarning,
    DRLearner,
    JudgedEffects,
    TLearner,
    budget_curve,
    calibration,
    clan,
    compare_rankings,
    gates,
    policy_value,
    rank_curve,
    rate,
)
from causal_dask.formulas.targeting.budgets import best_path, gains_by_budget
from causal_dask.formulas.targeting.rankings import rank_weighted, ranked, targeting_gains
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES = size(500, quick=10)
N_LONG = size(200, quick=10)
"""Studies of the DR-learner, each of which takes 3,200 fits."""

N_ROWS, N_CLUSTERS, N_DRAWS = 1_000, 200, 200
N_POPULATION = size(500_000, quick=50_000)
LEAST, COST = 0.93, 0.4
SHARES, BUDGETS = np.array([0.2, 0.5]), np.array([0.1, 0.3])

RECORD = Record(
    name="coverage_of_heterogeneity",
    title="Coverage of nominal 95 % intervals of groups, rankings, rules and single effects",
    identity=("case",),
    measure="coverage",
    note="`studies` were simulated; of several estimates the coverage is over all of them.",
)


def effect_of(X):
    return 0.5 + 0.6 * X[:, 0] + 0.3 * np.abs(X[:, 1])


def drawn(seed, n_clusters=None, n_rows=N_ROWS):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3))
    w = (rng.random(n_rows) < expit(0.6 * X[:, 0])).astype(int)
    clusters = None if n_clusters is None else rng.integers(0, n_clusters, n_rows)
    shock = 0 if clusters is None else rng.normal(size=n_clusters)[clusters] * (1 + 0.5 * w)
    level = X @ [1.0, 0.5, 0.0] - 0.3 * np.abs(X[:, 1])  # so that outcomes of neither are linear
    y = level + w * effect_of(X) + shock + rng.normal(size=n_rows)
    return X, y, w, clusters


POPULATION = np.random.default_rng(10**6).normal(size=(N_POPULATION, 3))
EFFECTS = effect_of(POPULATION)


class WithAbsolutes(LinearRegression):
    """Least squares that sees the absolute values too, as the outcomes need."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(np.column_stack([X, np.abs(X)]), y, sample_weight)

    def predict(self, X):
        return super().predict(np.column_stack([X, np.abs(X)]))


def learner_of(seed):
    return DRLearner(
        nuisance_model_factory=WithAbsolutes, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=5, random_state=seed,
        enable_overall=False,
    )  # fmt: skip


def truths_of(part, X):
    """What a part's linear model is worth in the population."""
    design = np.column_stack([np.ones(len(part.rows)), X[part.rows]])
    coefficients = np.linalg.lstsq(design, part.effects[:, 0], rcond=None)[0]
    predicted = np.column_stack([np.ones(N_POPULATION), POPULATION]) @ coefficients
    order = np.argsort(predicted)
    fifths = np.array_split(order, 5)
    path = best_path(predicted[:, None], np.ones((N_POPULATION, 1)))
    rule = predicted > COST
    gain = (rule * (EFFECTS - COST)).mean()
    top = ((EFFECTS - COST) * (predicted > np.quantile(predicted, 0.8))).mean()
    slope = np.cov(EFFECTS, predicted)[0, 1] / predicted.var()
    return {
        "GATEs": [EFFECTS[rows].mean() for rows in fifths],
        "AUTOC": [rank_weighted(EFFECTS, predicted, "AUTOC")[0]],
        "QINI": [rank_weighted(EFFECTS, predicted, "QINI")[0]],
        "calibration": [slope, EFFECTS.mean() - predicted.mean()],
        "uplift curve": targeting_gains(EFFECTS, ranked(predicted), SHARES),
        "budget curve": gains_by_budget(
            path, EFFECTS[:, None], BUDGETS, np.ones(N_POPULATION)
        )[0],
        "CLAN": POPULATION[fifths[-1]].mean(axis=0) - POPULATION[fifths[0]].mean(axis=0),
        "rule by a threshold": [gain, gain - (EFFECTS - COST).mean()],
        "rule by a top share": [top, top - (EFFECTS - COST).mean()],
        "one ranking less another": [
            rank_weighted(EFFECTS, predicted, "AUTOC")[0]
            - rank_weighted(EFFECTS, POPULATION[:, 1], "AUTOC")[0]
        ],
    }  # fmt: skip


BY_PRECISION = {
    "AUTOC": rate,
    "QINI": lambda judged: rate(judged, "QINI"),
    "calibration": calibration,
    "one ranking less another": lambda judged: compare_rankings(judged, by_a_covariate(judged)),
}


def by_a_covariate(judged):
    """Another ranking of the rows that are judged."""
    covariate = np.where(np.isnan(judged.effects[0, :, 0]), np.nan, LAST["X"][:, 1])
    return JudgedEffects(covariate, judged.scores, judged.folds)


LAST = {}
"""The covariates of the study at work."""


def combined(case, parts, truths, judged):
    """The truth that an estimate of several parts is of: a mean, by precision where it is."""
    each = np.stack([truth[case] for truth in truths])
    if case not in BY_PRECISION:
        return each.mean(axis=0)
    errors = []
    for number in range(len(parts)):
        alone = np.where(judged.folds == judged.folds[0, parts[number].rows[0]], 1.0, np.nan)
        one = type(judged)(judged.effects * alone[..., None], judged.scores, judged.folds)
        errors.append(BY_PRECISION[case](one).standard_error)
    weights = 1 / np.stack(errors)
    return (weights * each).sum(axis=0) / weights.sum(axis=0)


def study(seed, n_clusters):
    """Whether each interval of one study covers, by case."""
    X, y, w, clusters = drawn(seed, n_clusters)
    learner = learner_of(seed).fit(X, y, w, groups=clusters)
    judged = learner.judged_effects(X)
    LAST["X"] = X
    parts = judged.parts()[0]
    truths = [truths_of(part, X) for part in parts]
    curve = rank_curve(judged, "uplift", SHARES, n_draws=N_DRAWS)
    spending = budget_curve(judged, 1.0, BUDGETS, n_draws=N_DRAWS)
    intervals = {
        "GATEs": gates(judged).interval(),
        "AUTOC": rate(judged).interval(),
        "QINI": rate(judged, "QINI").interval(),
        "calibration": calibration(judged).interval(),
        "uplift curve": curve.interval(),
        "budget curve": spending.interval()[::2],
        "CLAN": clan(judged, X).interval(),
        "rule by a threshold": policy_value(judged, costs=COST, threshold=0.0).interval()[:2],
        "rule by a top share": policy_value(judged, costs=COST, top_share=0.2).interval()[:2],
        "one ranking less another": compare_rankings(judged, by_a_covariate(judged)).interval(),
    }
    found = {}
    for case, bounds in intervals.items():
        truth = combined(case, parts, truths, judged)
        found[case] = ((bounds[:, 0] < truth) & (truth < bounds[:, 1])).tolist()
    return found


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
        warnings.simplefilter("ignore", CausalDaskWarning)
        yield


def keep(case, inside):
    coverage = float(np.mean(inside))
    RECORD.keep({"case": case, "studies": len(inside), "coverage": coverage, "goal": LEAST})
    return case, coverage


@pytest.mark.parametrize("n_clusters", [None, N_CLUSTERS])
def test_intervals_of_judged_effects_cover(n_clusters):
    studies = [study(seed, n_clusters) for seed in range(N_STUDIES)]
    suffix = "" if n_clusters is None else ", clusters"
    kept = [keep(f"{case}{suffix}", [s[case] for s in studies]) for case in studies[0]]
    for case, coverage in kept:
        check(f"{case}: intervals that miss", 1 - coverage, 1 - LEAST)


@pytest.mark.parametrize(
    ("cls", "n_clusters"), [(TLearner, None), (TLearner, N_CLUSTERS), (DRLearner, None)]
)
def test_intervals_of_single_effects_cover(cls, n_clusters):
    rows = np.random.default_rng(5).normal(size=(20, 3))
    models = {"nuisance_model_factory": WithAbsolutes, "n_folds": 5}
    if cls is DRLearner:
        models |= {
            "propensity_model_factory": LogisticRegression,
            "treatment_model_factory": WithAbsolutes,
        }
    pointwise, together = [], []
    for seed in range(N_STUDIES if cls is TLearner else N_LONG):
        X, y, w, clusters = drawn(seed, n_clusters)
        learner = cls(**models, random_state=seed).fit(X, y, w, groups=clusters)
        found = learner.effect_intervals(X, rows, N_DRAWS)
        truth = effect_of(rows)
        for bounds, inside in (
            (found.interval(), pointwise), (found.simultaneous_interval(), together)
        ):  # fmt: skip
            covered = (bounds[:, 0, 0, 0] < truth) & (truth < bounds[:, 0, 0, 1])
            inside.append(covered.mean() if inside is pointwise else covered.all())
    suffix = "" if n_clusters is None else ", clusters"
    name = f"single effects, {cls.__name__}{suffix}"
    for case, inside in ((name, pointwise), (f"{name}, all rows at once", together)):
        _, coverage = keep(case, inside)
        check(f"{case}: intervals that miss", 1 - coverage, 1 - LEAST)
