"""Base models that need no tuning: what they take, what they give, and that they hold up."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss, r2_score
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from causal_dask import CausalDaskWarning, DRLearner, InvalidType, TLearner
from causal_dask.datasets import load_nhefs, make_study, nie_wager
from causal_dask.models import (
    BoostedClassifier,
    BoostedRegressor,
    SplineClassifier,
    SplineRegressor,
    calibrated,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # shap itself warns as it is imported
    import shap

REGRESSORS = [BoostedRegressor, SplineRegressor]
CLASSIFIERS = [BoostedClassifier, SplineClassifier]
STUDY = nie_wager("A", 1_200, random_state=0)
HALF = slice(0, 600), slice(600, None)


def seeded(cls):
    known = {"random_state": 0, "n_jobs": 1}
    return cls(**{name: known[name] for name in known.keys() & cls().get_params().keys()})


@pytest.mark.parametrize("cls", REGRESSORS)
def test_regressors_learn_curves_and_not_noise(cls):
    train, new = HALF
    model = seeded(cls).fit(STUDY.X[train], STUDY.outcomes[train, 0])
    assert r2_score(STUDY.outcomes[new, 0], model.predict(STUDY.X[new])) > 0.6
    noise = np.random.default_rng(0).normal(size=600)
    found = seeded(cls).fit(STUDY.X[train], noise).predict(STUDY.X[new])
    assert np.mean((found - noise.mean()) ** 2) < 0.1 * noise.var()


@pytest.mark.parametrize("cls", CLASSIFIERS)
def test_probabilities_are_near_the_true_ones(cls):
    train, new = HALF
    model = seeded(cls).fit(STUDY.X[train], STUDY.w[train])
    found = model.predict_proba(STUDY.X[new])[:, 1]
    true = STUDY.propensities[new, 1]
    assert log_loss(STUDY.w[new], found) < log_loss(STUDY.w[new], true) + 0.05
    assert np.mean((found - true) ** 2) < 0.02
    np.testing.assert_array_equal(
        model.predict(STUDY.X[new]), model.classes_[(found > 0.5).astype(int)]
    )


@pytest.mark.parametrize("cls", [*REGRESSORS, *CLASSIFIERS])
def test_gaps_words_and_categories_are_taken(cls):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({
        "number": np.where(rng.random(300) < 0.2, np.nan, rng.normal(size=300)),
        "word": rng.choice(["a", "b", "c"], 300),
        "kind": pd.Categorical(rng.choice(["x", "y"], 300)),
        "flag": rng.random(300) < 0.5,
    })  # fmt: skip
    y = (X["word"] == "a").to_numpy(dtype=float) * 3 + rng.normal(size=300) * 0.1
    target = y if cls in REGRESSORS else (y > 1.5).astype(int)
    model = seeded(cls).fit(X, target)
    new = X.assign(word="unseen").iloc[:5] if cls in {SplineRegressor, SplineClassifier} else X[:5]
    assert len(model.predict(new)) == 5
    np.testing.assert_allclose(model.predict(X), target, atol=0.5)


@pytest.mark.parametrize("cls", [*REGRESSORS, *CLASSIFIERS])
def test_rows_of_no_weight_do_not_count(cls):
    X = np.random.default_rng(0).normal(size=(400, 3))
    right = (X[:, 0] > 0).astype(int)
    y = np.where(np.arange(400) < 200, right, 1 - right)
    weight = np.where(np.arange(400) < 200, 1.0, 1e-9)
    model = seeded(cls).fit(X, y, sample_weight=weight)
    found = model.predict(X)
    assert np.mean((found > 0.5) == right) > 0.9


@pytest.mark.parametrize("cls", [*REGRESSORS, *CLASSIFIERS])
def test_seeded_fits_are_equal_and_clones_are_unfitted(cls):
    target = STUDY.w if cls in CLASSIFIERS else STUDY.y
    first, again = (seeded(cls).fit(STUDY.X, target) for _ in range(2))
    np.testing.assert_array_equal(first.predict(STUDY.X), again.predict(STUDY.X))
    assert not hasattr(clone(first), "model_")


@pytest.mark.parametrize("cls", CLASSIFIERS)
def test_labels_and_a_single_class_are_kept(cls):
    words = np.where(STUDY.w == 1, "yes", "no")
    model = seeded(cls).fit(STUDY.X, words)
    assert set(model.predict(STUDY.X)) == {"yes", "no"}
    alone = seeded(cls).fit(STUDY.X, np.zeros(1_200))
    np.testing.assert_array_equal(alone.predict_proba(STUDY.X[:3]), np.ones((3, 1)))


@pytest.mark.parametrize("cls", [*REGRESSORS, *CLASSIFIERS])
@pytest.mark.parametrize("n_rows", [6, 25])
def test_very_few_rows_are_fitted(cls, n_rows):
    target = np.arange(n_rows) % 2
    assert len(seeded(cls).fit(STUDY.X[:n_rows], target).predict(STUDY.X[:4])) == 4


def test_sparse_tables_are_taken():
    X = sp.csr_matrix(np.where(STUDY.X > 0.5, STUDY.X, 0))
    for cls in REGRESSORS:
        assert seeded(cls).fit(X, STUDY.y).predict(X).shape == (1_200,)


def test_trees_stop_early_and_grow_with_the_rows():
    weak = seeded(BoostedRegressor).fit(STUDY.X, np.random.default_rng(0).normal(size=1_200))
    strong = seeded(BoostedRegressor).fit(STUDY.X, STUDY.outcomes[:, 0])
    assert weak.model_.n_estimators < 30 < strong.model_.n_estimators <= 1_000
    few, many = (BoostedRegressor()._settings(n) for n in (500, 500_000))
    assert few["max_depth"] < many["max_depth"]
    assert few["min_child_weight"] < many["min_child_weight"]


@pytest.mark.parametrize("model", [GaussianNB, SVC(), RandomForestClassifier(20, random_state=0)])
def test_calibration_mends_bold_probabilities(model):
    train, new = HALF
    rng = np.random.default_rng(0)
    X = np.repeat(STUDY.X[:, :2], 4, axis=1) + rng.normal(scale=1e-3, size=(1_200, 8))
    made = calibrated(model).fit(X[train], STUDY.w[train])
    found = made.predict_proba(X[new])[:, 1]
    # observed shares of treated among the low and the high probabilities
    high = found > np.median(found)
    for part in (high, ~high):
        assert abs(found[part].mean() - STUDY.w[new][part].mean()) < 0.08
    with pytest.raises(InvalidType, match="'classifier'"):
        calibrated(LinearRegression())


def test_they_serve_as_base_models_of_a_learner_on_real_data():
    study = load_nhefs()
    learner = DRLearner(
        nuisance_model_factory=[BoostedRegressor, SplineRegressor],
        propensity_model_factory=SplineClassifier, treatment_model_factory=BoostedRegressor,
        n_folds=3, random_state=0,
    )  # fmt: skip
    fitted = learner.fit(study.X, study.y, study.w)
    estimate = fitted.average_treatment_effect()
    assert 2.3 < estimate.estimate[0] < 4.3
    again = clone(learner).fit(study.X, study.y, study.w)
    np.testing.assert_array_equal(fitted.predict(study.X), again.predict(study.X))


def test_several_variants_are_classes_of_the_propensity_model():
    study = make_study(600, n_variants=3, random_state=0)
    for cls in CLASSIFIERS:
        assert seeded(cls).fit(study.X, study.w).predict_proba(study.X).shape == (600, 3)


def test_threads_are_the_users():
    plan = TLearner(nuisance_model_factory=BoostedRegressor(n_jobs=1), n_folds=2).plan(
        STUDY.X, STUDY.y, STUDY.w
    )
    assert plan.count("fit") == 6


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_one_onnx_file_holds_boosted_models(tmp_path):
    learner = DRLearner(
        nuisance_model_factory=BoostedRegressor, propensity_model_factory=BoostedClassifier,
        treatment_model_factory=BoostedRegressor, n_folds=2, random_state=0,
    ).fit(STUDY.X, STUDY.y, STUDY.w)  # fmt: skip
    assert learner.to_onnx(tmp_path / "effects.onnx", STUDY.X).exists()
    x = TLearner(nuisance_model_factory=BoostedRegressor, n_folds=2, random_state=0)
    assert x.fit(STUDY.X, STUDY.y, STUDY.w).to_onnx(tmp_path / "t.onnx", STUDY.X).exists()
    (importances,) = learner.feature_importances()
    assert importances.shape == (6,)
    (values,) = learner.shap_values(STUDY.X[:5], shap.TreeExplainer)
    assert values.shape == (5, 6)


@pytest.mark.parametrize("cls", REGRESSORS)
def test_groups_are_told_to_be_ignored_inside_the_fold(cls):
    learner = TLearner(nuisance_model_factory=cls, n_folds=2, random_state=0)
    with pytest.warns(CausalDaskWarning, match="ignores 'groups'"):
        learner.plan(STUDY.X, STUDY.y, STUDY.w, groups=np.arange(1_200) // 3)


def test_splines_refuse_dates_which_they_took_for_words():
    dates = pd.DataFrame({"seen": pd.date_range("2020-01-01", periods=60)})
    with pytest.raises(ValueError, match="Dates are neither numbers nor words"):
        SplineRegressor().fit(dates, np.arange(60.0))
