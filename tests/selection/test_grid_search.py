"""All candidates of a search are one graph: what they share runs once, and one may fail."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from causal_dask import (
    CausalDaskWarning,
    DRLearner,
    InvalidInput,
    InvalidType,
    MetaLearnerGridSearch,
    TLearner,
)
from causal_dask.datasets import make_study

STUDY = make_study(300, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
NEW = (STUDY.X[:80] + 0.01, STUDY.y[:80], STUDY.w[:80])
CLASSES = {
    "propensity_model": [LogisticRegression],
    "variant_outcome_model": [LinearRegression, Ridge],
    "treatment_model": [Ridge],
}
VALUES = {"treatment_model": {"Ridge": {"alpha": [0.1, 10.0], "tol": [1e-4]}}}


def search(**changes):
    known = {
        "metalearner_factory": DRLearner, "metalearner_params": {"n_folds": 3},
        "base_learner_grid": CLASSES, "param_grid": VALUES, "random_state": 0,
    }  # fmt: skip
    return MetaLearnerGridSearch(**known | changes)


class Refuses(RegressorMixin, BaseEstimator):
    """A model that cannot be fitted."""

    def fit(self, X, y):
        raise ValueError(f"no, thanks, for {len(X)} and {len(y)} rows")

    def predict(self, X):
        return np.zeros(len(X))


@pytest.fixture(scope="module")
def done():
    return search().fit(*DATA, *NEW)


def test_there_is_a_row_for_each_combination_with_what_it_is_made_of(done):
    assert done.grid_size_ == len(done.results_) == 4
    assert done.results_.index.names == [
        "metalearner", "propensity_model", "variant_outcome_model", "treatment_model",
        "treatment_model_alpha", "treatment_model_tol",
    ]  # fmt: skip
    tried = done.results_.reset_index()[["variant_outcome_model", "treatment_model_alpha"]]
    assert list(map(tuple, tried.to_numpy())) == list(
        product(["LinearRegression", "Ridge"], [0.1, 10.0])
    )
    scores = [
        "propensity_model_neg_log_loss",
        *(f"variant_outcome_model_{k}_neg_root_mean_squared_error" for k in (0, 1)),
        "treatment_model_1_vs_0_neg_root_mean_squared_error",
    ]
    assert set(done.results_) == {
        "fit_time", "score_time", *(f"{on}_{name}" for on in ("train", "test") for name in scores),
    }  # fmt: skip
    assert (done.results_[["fit_time", "score_time"]] > 0).all(axis=None)


def test_a_candidate_is_the_learner_fitted_and_scored_by_itself(done):
    for result, alpha in zip(done.raw_results_, [0.1, 10.0, 0.1, 10.0], strict=True):
        alone = clone(result.metalearner).fit(*DATA)
        assert alone.treatment_model_params == {"treatment_model": {"alpha": alpha, "tol": 1e-4}}
        assert np.array_equal(result.metalearner.predict(STUDY.X), alone.predict(STUDY.X))
        assert result.train_scores == pytest.approx(alone.evaluate(*DATA), rel=1e-12)
        assert result.test_scores == pytest.approx(alone.evaluate(*NEW, is_oos=True), rel=1e-12)
        assert result.error is None


@pytest.mark.parametrize(("raw", "n_fits"), [(True, 498), (False, 415)])
def test_equal_fits_of_candidates_run_once(raw, n_fits):
    """4 outcome, 3 propensity and 6 treatment candidates on 5 folds: 48 + 18 + 432 fits.

    Where no learner is kept and no new rows are scored, the models of all rows are not needed.
    """
    alphas = [0.1 * n for n in range(1, 7)]
    made = search(
        metalearner_params={"n_folds": 5},
        base_learner_grid={
            "propensity_model": [LogisticRegression], "variant_outcome_model": [Ridge],
            "treatment_model": [Ridge],
        },
        param_grid={
            "propensity_model": {"LogisticRegression": {"C": [0.1, 1.0, 10.0]}},
            "variant_outcome_model": {"Ridge": {"alpha": alphas[:4]}},
            "treatment_model": {"Ridge": {"alpha": alphas}},
        },
        store_raw_results=raw,
    ).fit(*DATA)  # fmt: skip
    assert (made.grid_size_, made.n_fits_) == (72, n_fits)


def test_without_a_random_state_candidates_share_their_fits_too():
    assert search(random_state=None).fit(*DATA).n_fits_ == search().fit(*DATA).n_fits_


def test_a_candidate_that_fails_is_a_row_with_its_error():
    grid = CLASSES | {"treatment_model": [Refuses, Ridge]}
    made = search(base_learner_grid=grid, param_grid={}).fit(*DATA, *NEW)
    errors = made.results_["error"]
    assert errors.str.contains("ValueError: no, thanks").tolist() == [True, False] * 2 or (
        errors.notna().tolist() == [True, False] * 2
    )
    assert made.results_["train_propensity_model_neg_log_loss"].isna().tolist() == [True, False] * 2
    assert [each.metalearner is None for each in made.raw_results_] == [True, False] * 2


def test_parameters_that_a_class_does_not_take_are_rows_with_errors():
    values = {"treatment_model": {"Ridge": {"alpha": [1.0], "depth": [3]}}}
    grid = CLASSES | {"treatment_model": [Ridge, LinearRegression]}
    made = search(base_learner_grid=grid, param_grid=values).fit(*DATA)
    assert made.results_["error"].notna().tolist() == [True, False] * 2


def test_if_no_candidate_can_use_the_data_that_is_raised():
    with pytest.raises(InvalidInput, match="'X', 'y' and 'w' must have as many rows"):
        search().fit(STUDY.X, STUDY.y[:-1], STUDY.w)


@pytest.mark.parametrize(("raw", "table"), [(True, False), (False, True), (False, False)])
def test_what_is_kept_can_be_chosen(raw, table, done):
    made = search(store_raw_results=raw, store_results=table).fit(*DATA, *NEW)
    assert (made.results_ is not None) == table
    if table:
        scores = done.results_.drop(columns=["fit_time", "score_time"])
        pd.testing.assert_frame_equal(made.results_[scores.columns], scores)
    if not raw and not table:
        first = next(made.raw_results_)
        assert first.train_scores == done.raw_results_[0].train_scores
        assert len(list(made.raw_results_)) == made.grid_size_ - 1
    elif not raw:
        assert made.raw_results_ is None


def test_models_are_fitted_when_the_generator_is_asked_only():
    Counts.n_fits = 0
    made = search(
        metalearner_factory=TLearner, base_learner_grid={"variant_outcome_model": [Counts]},
        param_grid={"variant_outcome_model": {"Counts": {"number": [1, 2]}}},
        store_raw_results=False, store_results=False,
    ).fit(*DATA)  # fmt: skip
    assert Counts.n_fits == 0
    next(made.raw_results_)
    assert Counts.n_fits == 8


class Counts(RegressorMixin, BaseEstimator):
    """A model that counts its fits."""

    n_fits = 0

    def __init__(self, number=0):
        self.number = number

    def fit(self, X, y):
        Counts.n_fits += len(X) > 0
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def test_a_search_that_was_stopped_goes_on_from_its_store(tmp_path):
    one = search(param_grid={"treatment_model": {"Ridge": {"alpha": [0.1]}}})
    one.fit(*DATA, store=tmp_path)
    n_stored = len(list(tmp_path.rglob("*.result")))
    both = search().fit(*DATA, store=tmp_path)
    assert len(list(tmp_path.rglob("*.result"))) == both.n_fits_
    assert n_stored < both.n_fits_
    fresh = search().fit(*DATA)
    scores = fresh.results_.drop(columns=["fit_time", "score_time"])
    pd.testing.assert_frame_equal(both.results_[scores.columns], scores)


def test_fitted_models_are_not_searched_over():
    known = DRLearner(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=3, random_state=0,
    ).fit(*DATA)  # fmt: skip
    models = known.nuisance_models_
    made = search(
        metalearner_params={
            "n_folds": 3,
            "fitted_nuisance_models": {"variant_outcome_model": models["variant_outcome_model"]},
            "fitted_propensity_model": models["propensity_model"][0],
        },
        base_learner_grid={"treatment_model": [Ridge]},
    ).fit(*DATA)
    assert (made.grid_size_, made.n_fits_) == (2, 8)


def test_losses_of_effects_can_be_scores():
    made = search(scoring={"effect": ["r_loss"]}, metalearner_params={"n_folds": 3, "nested": True})
    table = made.fit(*DATA, *NEW).results_
    assert {"train_effect_1_vs_0_r_loss", "test_effect_1_vs_0_r_loss"} <= set(table)


def test_losses_of_effects_on_rows_that_the_second_stage_knows_are_told():
    with pytest.warns(CausalDaskWarning, match="The losses of effects of this DRLearner"):
        search(scoring={"effect": ["r_loss"]}).fit(*DATA)


def test_classes_and_their_own_parameters_can_be_mixed():
    made = search(
        base_learner_grid=CLASSES | {"propensity_model": [LogisticRegression, LGBMClassifier],
                                     "treatment_model": [LinearRegression, LGBMRegressor]},
        param_grid={"propensity_model": {"LGBMClassifier": {"n_estimators": [1, 2]}},
                    "treatment_model": {"LGBMRegressor": {"n_estimators": [3]}}},
    ).fit(*DATA)  # fmt: skip
    assert made.grid_size_ == 3 * 2 * 2
    trees = made.results_.index.get_level_values("propensity_model_n_estimators")
    assert sorted(set(trees.dropna())) == [1, 2]


def test_wrong_arguments_are_told():
    with pytest.raises(InvalidInput, match=r"each kind of model .*'treatment_model'.*Got \['a'\]"):
        search(base_learner_grid={"a": [Ridge]})
    with pytest.raises(InvalidType, match="fit takes no argument 'sample_weigth'"):
        search().fit(*DATA, sample_weigth=1)
    with pytest.raises(InvalidInput, match="Pass all of 'X_test', 'y_test' and 'w_test'"):
        search().fit(*DATA, STUDY.X)
    with pytest.raises(InvalidInput, match="Did you mean 'propensity_model'"):
        search(scoring={"propensity_modl": ["neg_log_loss"]}).fit(*DATA)
