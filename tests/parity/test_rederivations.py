"""Every learner agrees with itself written out in numpy and scikit-learn, on the same folds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, XLearner
from tests.catalogue import LEARNERS, WITH_PROPENSITIES

WAYS = [("overall", True), ("mean", True), ("median", True)]

# The tolerance the issue asks for: the same fits on the same rows differ by rounding only.
TOLERANCE = {"rtol": 0, "atol": 1e-8}


def models(binary=False):
    return {
        "outcome": LogisticRegression() if binary else LinearRegression(),
        "propensity": LogisticRegression(),
        "effect": LinearRegression(),
    }


def study_of(n_variants, binary=False, slope=0.6, n=400, seed=0):
    """Covariates that decide on treatment and outcome; a steep ``slope`` leaves no overlap."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    utility = slope * X[:, :1] * np.arange(n_variants) + rng.gumbel(size=(n, n_variants))
    w = utility.argmax(axis=1)
    mean = X @ [1.0, -0.5, 0.3] + w * (0.5 + 0.5 * X[:, 1])
    y = (mean + rng.logistic(size=n) > 0).astype(int) if binary else mean + rng.normal(size=n)
    return SimpleNamespace(X=X, y=y, w=w, new_X=rng.normal(size=(50, 3)))


def assert_predicts(predict, study, expected):
    np.testing.assert_allclose(predict(study.X), expected["in_sample"], **TOLERANCE)
    for method, oos in WAYS:
        found = predict(study.new_X, is_oos=oos, oos_method=method)
        np.testing.assert_allclose(found, expected[method], err_msg=method, **TOLERANCE)


def assert_agrees(learner, study, derived):
    """In-sample and out-of-sample effects, conditional outcomes, and the ATE with its error."""
    effects, outcomes, scores = derived
    assert_predicts(learner.predict, study, effects)
    if outcomes is not None:
        assert_predicts(learner.predict_conditional_average_outcomes, study, outcomes)
    if scores is not None:
        estimate, error = learner.average_treatment_effect()
        np.testing.assert_allclose(estimate, scores.mean(axis=0), **TOLERANCE)
        np.testing.assert_allclose(error, scores.std(axis=0) / len(scores) ** 0.5, **TOLERANCE)


@pytest.mark.parity(
    "plain NumPy", "all learners written out from their papers: effects, outcomes, ATE and error"
)
@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("n_variants", [2, 3])
@pytest.mark.parametrize("cls", LEARNERS)
def test_learner_is_its_paper_written_out(cls, n_variants, binary, fit, by_hand):
    study = study_of(n_variants, binary)
    learner = fit(cls, study, models(binary))
    assert_agrees(learner, study, by_hand(learner, study, models(binary), study.new_X))


@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("n_variants", [2, 3])
@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_rows_without_overlap_are_clipped_as_written_out(cls, n_variants, binary, fit, by_hand):
    study = study_of(n_variants, binary, slope=3.0)
    learner = fit(cls, study, models(binary))
    assert learner.n_clipped_ > 10
    assert_agrees(learner, study, by_hand(learner, study, models(binary), study.new_X))


@pytest.mark.parametrize("clip", [0.001, 0.1, 0.3])
@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_clipping_threshold_moves_the_bound(cls, clip, fit, by_hand):
    study = study_of(3, slope=2.0)
    learner = fit(cls, study, models(), clipping_threshold=clip)
    assert learner.n_clipped_ > 0
    assert_agrees(learner, study, by_hand(learner, study, models(), study.new_X, clip=clip))


@pytest.mark.parametrize("n_variants", [2, 3])
@pytest.mark.parametrize("clip", [0.01, 0.2])
def test_adaptive_clipping_imputes_where_a_propensity_of_the_contrast_is_clipped(
    n_variants, clip, fit, by_hand
):
    study = study_of(n_variants, slope=2.0)
    learner = fit(DRLearner, study, models(), clipping_threshold=clip, adaptive_clipping=True)
    how = {"clip": clip, "adaptive": True}
    assert_agrees(learner, study, by_hand(learner, study, models(), study.new_X, **how))


def test_adaptive_clipping_is_decided_contrast_by_contrast(fit):
    study = study_of(3, slope=2.0)
    plain, adaptive = (
        fit(DRLearner, study, models(), adaptive_clipping=choice).predict_nuisance(
            study.X, "propensity_model", 0
        )
        for choice in (False, True)
    )
    np.testing.assert_array_equal(plain, adaptive)
    outside = (plain < 0.01) | (plain > 0.99)
    assert (outside[:, [0, 1]].any(axis=1) != outside[:, [0, 2]].any(axis=1)).any()


@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("cls", LEARNERS)
def test_own_splits_give_what_stitching_by_hand_gives(cls, binary, fit, by_hand):
    study = study_of(3, binary)
    learner = fit(cls, study, models(binary), synchronize=False)
    assert_agrees(learner, study, by_hand(learner, study, models(binary), study.new_X))


def test_own_splits_may_have_different_numbers_of_folds(fit, by_hand):
    study = study_of(3)
    n_folds = {"propensity_model": 2, "variant_outcome_model": 5, "treatment_model": 3}
    learner = fit(DRLearner, study, models(), synchronize=False, n_folds=n_folds)
    splits = learner._fitted.study.splits
    assert {kind: split.folds.value.max() + 1 for kind, split in splits.items()} == n_folds
    assert_agrees(learner, study, by_hand(learner, study, models(), study.new_X))


@pytest.mark.parametrize("cls", [XLearner, DRLearner])
def test_second_stage_reads_no_nuisance_that_saw_the_row(cls, fit, by_hand):
    study = study_of(2)
    learner = fit(cls, study, models(), n_folds=7)
    assert_agrees(learner, study, by_hand(learner, study, models(), study.new_X))
