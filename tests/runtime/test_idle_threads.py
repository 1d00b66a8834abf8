"""Threads that would idle go to the fits that run then, and to no more than there are."""

import time
from dataclasses import replace

import dask
import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from xgboost import XGBRegressor

from causal_dask import TLearner
from causal_dask.datasets import make_study
from causal_dask.graph.note import Kind, Work
from causal_dask.plans.simulate import Slot
from causal_dask.plans.speedups import speedup
from causal_dask.runtime.idle_threads import SETTING, allotted, shares, widen
from causal_dask.runtime.run import run

STUDY = make_study(300, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


class Told(RegressorMixin, BaseEstimator):
    """Remembers how many threads it was told to take."""

    def __init__(self, n_jobs=None):
        self.n_jobs = n_jobs

    def fit(self, X, y):  # noqa: ARG002 - scikit-learn's signature
        self.told_ = self.n_jobs
        return self

    def predict(self, X):
        return np.zeros(len(X))


def learner_of(model, **parameters):
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0, **parameters)


def threads_of(plan, n_slots, most=99):
    """The threads of each fit that shares so many."""
    wide = widen(plan, n_slots, most)
    return {how.threads for key in plan.waiting for how in [wide.execution.of(key)]}


def test_six_fits_on_thirty_two_threads_take_five_each():
    assert threads_of(learner_of(Told).plan(*DATA), 32) == {5}


@pytest.mark.parametrize(("n_slots", "most", "expected"), [(6, 99, 1), (12, 99, 2), (32, 4, 4)])
def test_no_fit_takes_more_than_its_share_or_than_its_worker_has(n_slots, most, expected):
    assert threads_of(learner_of(Told).plan(*DATA), n_slots, most) == {expected}


def test_a_tail_that_is_narrower_than_what_ran_before_it_gets_more():
    slots = [Slot("a", 0, 1), Slot("b", 0, 1), Slot("c", 1, 2)]
    assert shares(slots, n_slots=4, most=99) == {"a": 2, "b": 2, "c": 4}


def test_the_shares_of_tasks_that_overlap_are_never_more_than_there_are():
    slots = [Slot("long", 0, 3), Slot("early", 0, 1), Slot("late", 2, 3)]
    assert shares(slots, n_slots=4, most=99) == {"long": 1, "early": 2, "late": 2}


@pytest.mark.parametrize("model", [LinearRegression, Told(n_jobs=1)])
def test_models_without_use_for_threads_and_those_the_user_has_set_are_left_alone(model):
    assert threads_of(learner_of(model).plan(*DATA), 32) == {1}


def test_models_are_told_when_the_setting_is_on_and_only_then():
    with dask.config.set(scheduler="threads", num_workers=12):
        off = learner_of(Told).fit(*DATA)
        with dask.config.set({SETTING: True}):
            on = learner_of(Told).fit(*DATA)
    assert {model.told_ for model in off._fitted.results.values()} == {1}
    assert {model.told_ for model in on._fitted.results.values()} == {2}


def test_boosted_trees_predict_the_same_with_threads_that_would_idle():
    plain = learner_of(XGBRegressor(n_estimators=5)).fit(*DATA).predict(STUDY.X)
    with dask.config.set({SETTING: True}, scheduler="threads", num_workers=12):
        wide = learner_of(XGBRegressor(n_estimators=5)).fit(*DATA).predict(STUDY.X)
    np.testing.assert_array_equal(wide, plain)


class Sleeper(XGBRegressor):
    """Takes as long as XGBoost's fit to a million rows on as many threads as it is told."""

    def fit(self, X, y):  # noqa: ARG002 - XGBoost's signature
        self.told_ = self.n_jobs
        time.sleep(0.05 / speedup("xgboost", 1_000_000, self.n_jobs))
        self.mean_ = y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


def large(plan):
    """The plan with work as of many rows, for which more threads pay."""
    notes = {
        key: replace(note, work=Work(note.work.rows * 5_000, note.work.rows * 2e-3))
        if note.kind is Kind.FIT
        else note
        for key, note in plan.notes.items()
    }
    return replace(plan, notes=notes)


def test_the_threads_that_a_simulation_finds_best_are_those_that_models_get():
    plan = large(learner_of(Sleeper).plan(*DATA))
    told = {}
    with dask.config.set(scheduler="threads", num_workers=24):
        for setting in (False, None):
            with dask.config.set({SETTING: setting}):
                fits = [each for each in run(plan).values() if hasattr(each.value, "told_")]
            assert all(each.timing.threads == each.value.told_ for each in fits)
            told[setting] = {each.value.told_ for each in fits}
    assert told[False] == {1}
    assert min(told[None]) >= 2


def test_models_whose_digits_may_change_keep_one_thread_unless_asked():
    plan = large(learner_of(Told).plan(*DATA))
    assert allotted(plan, 32, 32) is plan


@pytest.mark.parametrize(
    "model", [XGBRegressor(n_estimators=5), RandomForestRegressor(8, random_state=0)], ids=str
)
def test_fitted_models_and_predictions_are_those_of_one_thread(model):
    found = {}
    for setting in (False, True):
        with dask.config.set({SETTING: setting}, scheduler="threads", num_workers=12):
            fitted = learner_of(model).fit(*DATA)
        models = [m for m in fitted._fitted.results.values() if hasattr(m, "n_jobs")]
        assert {each.n_jobs for each in models} == {1} if setting else models
        found[setting] = fitted.predict(STUDY.X)
    np.testing.assert_array_equal(found[True], found[False])
