"""Clustered standard errors of the ATE: derived once more, and DoubleML's on the same folds.

DoubleML's errors are ours times 1 where every fold holds as many clusters. Where folds hold
different numbers G_k of them, it counts each row 1 / G_k in the estimate and each cluster's square
1 / G_k in the variance (Chiang, Kato, Ma & Sasaki 2022), while ours counts all rows alike. No
form of G / (G - 1) or (n - 1) / (n - p) is in DoubleML's; ours is the jackknife over groups, so
they are compared up to the jackknife's weights, which are computed here.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner
from causal_dask.datasets import make_study

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what DoubleML imports is its own business
    import doubleml
    from doubleml.utils import PSProcessorConfig

N_FOLDS = 4
TOLERANCE = {"rel": 1e-9}  # the same arithmetic in another order

CLUSTERS = {
    "of five rows": np.repeat(np.arange(120), 5),
    "of one to nine rows": np.repeat(np.arange(120), np.tile(np.arange(1, 10), 14)[:120]),
    "of one row": np.arange(600),
    "in any order": np.random.default_rng(0).permutation(np.repeat(np.arange(120), 5)),
}
all_clusters = pytest.mark.parametrize("groups", CLUSTERS.values(), ids=CLUSTERS)


def study_of(groups, n_variants=2, binary=False):
    """A study whose clusters share a part of their outcome."""
    n = len(groups)
    kind = "binary" if binary else "regression"
    study = make_study(n, n_variants=n_variants, outcome=kind, random_state=0)
    shared = np.random.default_rng(1).normal(size=n)[groups]
    y = study.y if binary else study.y + shared
    return study.X, y, study.w


def fit(data, groups, folds, **more):
    classes = set(data[1]) == {0, 1}
    learner = DRLearner(
        nuisance_model_factory=LogisticRegression if classes else LinearRegression,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression,
        random_state=0,
    )
    return learner.fit(*data, groups=groups, cv=folds, **more)


def scores_by_hand(data, folds, k=1, weights=None):
    """The doubly robust score of variant ``k``, each row's from models that missed its fold."""
    X, y, w = data
    s, score = np.ones(len(y)) if weights is None else weights, np.empty(len(y))
    for fold in np.unique(folds):
        rows, seen = folds == fold, folds != fold
        e = LogisticRegression().fit(X[seen], w[seen], s[seen]).predict_proba(X[rows])
        of = {v: seen & (w == v) for v in (0, k)}
        mu = {v: LinearRegression().fit(X[r], y[r], s[r]).predict(X[rows]) for v, r in of.items()}
        score[rows] = mu[k] - mu[0] + (w[rows] == k) * (y[rows] - mu[k]) / e[:, k]
        score[rows] -= (w[rows] == 0) * (y[rows] - mu[0]) / e[:, 0]
    return score


def sums_of_squares(score, groups, weights=1.0):
    """The sum over clusters of their squared sums."""
    return (np.bincount(groups, weights * score) ** 2).sum()


def jackknifed(score, groups, weights=1.0):
    """The same with each cluster's sum scaled up as if the cluster were left out of the mean."""
    weights = np.broadcast_to(weights, score.shape)
    share, G = np.bincount(groups, weights) / weights.sum(), len(np.unique(groups))
    return (G - 1) / G * ((np.bincount(groups, weights * score) / (1 - share)) ** 2).sum()


def double_ml(data, groups, folds):
    """Estimate and clustered standard error of DoubleML's interactive regression model."""
    X, y, w = data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its sensitivity analysis
        model = doubleml.DoubleMLIRM(
            doubleml.DoubleMLData.from_arrays(X, y, w, cluster_vars=groups),
            ml_g=LogisticRegression() if set(y) == {0, 1} else LinearRegression(),
            ml_m=LogisticRegression(),
            n_folds=N_FOLDS,
            normalize_ipw=False,
            ps_processor_config=PSProcessorConfig(clipping_threshold=0.01),
            draw_sample_splitting=False,
        )
        model.set_sample_splitting(*partitions(groups, folds)).fit()
    return model.coef[0], model.se[0]


def partitions(groups, folds):
    """The rows and the clusters of each fold, as DoubleML wants them."""
    rows = [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(N_FOLDS)]
    clusters = [tuple([np.unique(groups[part])] for part in pair) for pair in rows]
    return [rows], [clusters]


@pytest.mark.parity("plain NumPy", "clustered standard errors")
@pytest.mark.parametrize("n_variants", [2, 3])
@all_clusters
def test_a_clustered_error_sums_a_clusters_scores_before_it_squares(groups, n_variants):
    data, folds = study_of(groups, n_variants), groups % N_FOLDS
    estimate, error = fit(data, groups, folds).average_treatment_effect()
    for k in range(1, n_variants):
        score = scores_by_hand(data, folds, k)
        expected = np.sqrt(jackknifed(score - score.mean(), groups)) / len(score)
        assert (estimate[k - 1], error[k - 1]) == pytest.approx(
            (score.mean(), expected), **TOLERANCE
        )


@pytest.mark.parity("DoubleML", "ATE with clustered standard errors, up to the jackknife's weights")
@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@all_clusters
def test_errors_are_double_mls_where_folds_have_as_many_clusters(groups, binary):
    data, folds = study_of(groups, binary=binary), groups % N_FOLDS
    fitted = fit(data, groups, folds)
    estimate, error = fitted.average_treatment_effect()
    psi = fitted.scores().values[0, :, 0] - estimate
    scaling = np.sqrt(jackknifed(psi, groups) / sums_of_squares(psi, groups))
    expected, expected_error = double_ml(data, groups, folds)
    assert estimate == pytest.approx([expected], **TOLERANCE)
    assert error == pytest.approx([scaling * expected_error], **TOLERANCE)


def uneven_folds():
    """Clusters of which three folds hold a seventh each, and one the rest; 1 / G_k of each row."""
    groups = CLUSTERS["of one to nine rows"]
    folds = np.minimum(groups % 7, N_FOLDS - 1)
    n_clusters = [len(np.unique(groups[folds == k])) for k in range(N_FOLDS)]
    return groups, folds, 1 / np.array(n_clusters)[folds]


def test_double_ml_counts_the_rows_of_a_fold_by_its_number_of_clusters():
    groups, folds, s = uneven_folds()
    data = study_of(groups)
    estimate, error = double_ml(data, groups, folds)
    score = scores_by_hand(data, folds)
    psi = score - s @ score / s.sum()
    scaling = N_FOLDS / len(np.unique(groups))
    variance = scaling * sums_of_squares(psi, groups, np.sqrt(s)) / s.sum() ** 2
    assert (estimate, error**2) == pytest.approx((s @ score / s.sum(), variance), **TOLERANCE)


def test_where_folds_have_different_numbers_of_clusters_ours_counts_all_rows_alike():
    groups, folds, _ = uneven_folds()
    data = study_of(groups)
    estimate, error = fit(data, groups, folds).average_treatment_effect()
    score = scores_by_hand(data, folds)
    expected = np.sqrt(jackknifed(score - score.mean(), groups)) / len(score)
    assert (estimate[0], error[0]) == pytest.approx((score.mean(), expected), **TOLERANCE)
    # A second estimate of one thing: near, since both are consistent.
    assert double_ml(data, groups, folds) == pytest.approx((estimate[0], error[0]), rel=0.25)


def test_double_mls_weighting_is_ours_when_it_is_asked_for():
    groups, folds, s = uneven_folds()
    data = study_of(groups)
    kinds = ["propensity_model", "variant_outcome_model", "treatment_model"]
    learner = fit(data, groups, folds).set_params(unweighted=kinds)
    weighted = learner.fit(*data, groups=groups, cv=folds, sample_weight=s / s.mean())
    expected = double_ml(data, groups, folds)[0]
    assert weighted.average_treatment_effect().estimate == pytest.approx([expected], **TOLERANCE)


@all_clusters
def test_weighted_scores_are_summed_within_clusters_too(groups):
    data, folds = study_of(groups), groups % N_FOLDS
    s = np.random.default_rng(2).uniform(0.5, 2, len(groups))
    found = fit(data, groups, folds, sample_weight=s).average_treatment_effect()
    score = scores_by_hand(data, folds, weights=s)
    estimate = s @ score / s.sum()
    error = np.sqrt(jackknifed(score - estimate, groups, s)) / s.sum()
    assert np.ravel(tuple(found)) == pytest.approx([estimate, error], **TOLERANCE)
