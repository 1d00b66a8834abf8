"""The fitted base models are in reach: by fold, by kind and variant, from clusters too."""

import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import CrossFitEstimator, DRLearner, TLearner
from causal_dask.datasets import make_study
from causal_dask.errors import NotFitted
from tests.catalogue import learner_of

STUDY = make_study(200, n_variants=3, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)


def test_a_cross_fit_has_a_model_for_each_fold_and_one_of_all_rows():
    model = CrossFitEstimator(4, LinearRegression, random_state=0).fit(STUDY.X, STUDY.y)
    assert len(model.estimators_) == 4
    whole = LinearRegression().fit(STUDY.X, STUDY.y)
    assert np.allclose(model.overall_estimator_.coef_, whole.coef_)
    folds = np.asarray(model.cross_fit.folds)
    for fold, fitted in enumerate(model.estimators_):
        held = folds == fold
        assert np.allclose(fitted.predict(STUDY.X[held]), model.predict(STUDY.X)[held])


def test_without_an_overall_fit_there_is_none():
    model = CrossFitEstimator(4, LinearRegression, enable_overall=False, random_state=0)
    with pytest.raises(NotFitted, match="enable_overall=False"):
        model.fit(STUDY.X, STUDY.y).overall_estimator_  # noqa: B018


def test_models_are_found_by_kind_variant_and_fold():
    arms = np.array(["none", "low", "high"])[STUDY.w]
    learner = learner_of(DRLearner, control="none").fit(STUDY.X, STUDY.y, arms)
    models = learner.models_
    assert list(models) == ["propensity_model", "variant_outcome_model", "treatment_model"]
    assert list(models["propensity_model"]) == [None]
    assert set(models["variant_outcome_model"]) == {"none", "low", "high"}
    assert set(models["treatment_model"]) == {"low", "high"}
    assert set(models["treatment_model"]["low"]) == {0, 1, 2, "overall"}
    assert isinstance(models["propensity_model"][None][0], LogisticRegression)
    low = arms == "low"
    overall = LinearRegression().fit(STUDY.X[low], STUDY.y[low])
    assert np.allclose(models["variant_outcome_model"]["low"]["overall"].coef_, overall.coef_)


def test_models_on_a_cluster_are_fetched_when_they_are_asked_for():
    here = learner_of(TLearner).fit(*DATA).models_
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as c,
        Client(c),
    ):
        there = learner_of(TLearner).fit(*DATA).models_
    for variant, models in here["variant_outcome_model"].items():
        for fold, model in models.items():
            other = there["variant_outcome_model"][variant][fold]
            assert np.allclose(model.coef_, other.coef_)
