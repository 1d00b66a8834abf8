"""Where a plan runs is not what it computes: every scheduler gives the same bits."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, SLearner, TLearner
from causal_dask.datasets import make_study
from causal_dask.runtime.inline import inline
from tests.catalogue import LEARNERS

STOCHASTIC = {
    "nuisance_model_factory": RandomForestRegressor(n_estimators=4, max_depth=4),
    "propensity_model_factory": XGBClassifier(n_estimators=4, max_depth=2, subsample=0.5),
    "treatment_model_factory": XGBRegressor(n_estimators=4, max_depth=2, subsample=0.5),
}
LINEAR = {
    "nuisance_model_factory": LinearRegression(),
    "propensity_model_factory": LogisticRegression(),
    "treatment_model_factory": LinearRegression(),
}
MODELS = {"stochastic": STOCHASTIC, "linear": LINEAR}

STUDY = make_study(900, n_features=15, n_variants=3, random_state=0)
NEW_X = make_study(100, n_features=15, random_state=1).X
PAIR = make_study(300, n_features=15, random_state=0)
"""Two variants: half the fits, where a question needs hundreds."""


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        yield processes


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as connected,
    ):
        yield connected


@pytest.fixture(params=["threads", "processes", "cluster", "inline"])
def elsewhere(request):
    """A block in which plans run elsewhere than on Dask's synchronous scheduler."""
    if request.param == "inline":
        return inline()
    if request.param == "cluster":
        return request.getfixturevalue("client").as_current()
    where = {"scheduler": request.param}
    if request.param == "processes":
        where["pool"] = request.getfixturevalue("pool")
    return configured(where)


@contextmanager
def configured(where):
    """A block with these settings of Dask's, which ``dask.config.set`` makes when it is called."""
    with dask.config.set(where):
        yield


def answers(cls, models):
    """All that a learner says of one study."""
    learner = cls(**MODELS[models], n_folds=2, random_state=0)
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    found = [learner.predict(STUDY.X), learner.predict(NEW_X), learner.predict(NEW_X, True, "mean")]
    if cls.declaration.has_score(3):
        found.extend(learner.average_treatment_effect())
    return found


@cache
def expected_answers(cls, models):
    with dask.config.set(scheduler="synchronous"):
        return answers(cls, models)


@pytest.mark.parametrize("models", MODELS)
@pytest.mark.parametrize("cls", LEARNERS)
def test_every_scheduler_gives_identical_arrays(cls, models, elsewhere):
    with elsewhere:
        found = answers(cls, models)
    assert all(map(np.array_equal, found, expected_answers(cls, models)))


def test_columns_that_lie_together_keep_their_bits_on_the_way(elsewhere):
    X = np.asfortranarray(PAIR.X)
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    expected = learner.fit(X, PAIR.y, PAIR.w).predict(X, is_oos=True)
    with elsewhere:
        found = clone(learner).fit(X, PAIR.y, PAIR.w).predict(X, is_oos=True)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("cls", LEARNERS)
def test_a_plan_computed_on_a_cluster_is_the_fit_made_here(cls, client):
    learner = cls(**STOCHASTIC, n_folds=2, random_state=0)
    plan = learner.plan(STUDY.X, STUDY.y, STUDY.w)
    there = client.compute(plan).result(timeout=60)
    here = learner.fit(STUDY.X, STUDY.y, STUDY.w)
    np.testing.assert_array_equal(there.predict(NEW_X), here.predict(NEW_X))


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(threads):
    with dask.config.set(scheduler="threads", num_workers=threads):
        found = answers(DRLearner, "linear")
    assert all(map(np.array_equal, found, expected_answers(DRLearner, "linear")))


def blas_threads():
    """The numbers of threads that the BLAS libraries of this process would use."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


class CountsThreads(RegressorMixin, BaseEstimator):
    """Keeps how many threads BLAS would use in its fit, and predicts nothing."""

    def fit(self, X, y):  # noqa: ARG002 - scikit-learn's signature
        self.counts_ = blas_threads()
        return self

    def predict(self, X):
        return np.zeros(len(X))


def counts(scheduler):
    """The numbers of BLAS threads that were met in the fits of one learner."""
    with dask.config.set(scheduler=scheduler, num_workers=2):
        learner = TLearner(nuisance_model_factory=CountsThreads, n_folds=3, random_state=0)
        learner.fit(STUDY.X, STUDY.y, STUDY.w)
    models = learner._fitted.results.values()
    return set().union(*(model.counts_ for model in models if hasattr(model, "counts_")))


def test_blas_has_one_thread_in_every_task_whichever_scheduler_ran_before():
    turns = ["synchronous", "threads", "synchronous", "threads"]
    assert [counts(scheduler) for scheduler in turns] == [{1}] * 4


def test_blas_has_its_threads_back_after_a_fit_and_obeys_the_user_again():
    before = threadpool_info()
    for scheduler in ("threads", "synchronous", "threads"):
        counts(scheduler)
        assert threadpool_info() == before
    with threadpool_limits(1, user_api="blas"):
        assert blas_threads() == {1}


def test_least_squares_large_enough_for_threaded_blas_keeps_its_bits(elsewhere):
    wide = make_study(8_000, n_features=150, random_state=0)  # 1e-14 apart with 1 and 2 threads
    learner = SLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    with dask.config.set(scheduler="synchronous"):
        expected = learner.fit(wide.X, wide.y, wide.w).predict(wide.X)
    with elsewhere:
        again = clone(learner).fit(wide.X, wide.y, wide.w).predict(wide.X)
    np.testing.assert_array_equal(again, expected)


QUESTIONS = {
    "fold after fold": lambda learner, X: learner.judged_effects(X).effects,
    "halves": lambda learner, X: learner.effect_intervals(X, NEW_X, 50).standard_error,
    "without covariates": lambda learner, X: (
        learner.scores_without(X, {"first": [0]})["first"].values
    ),
    "placebo": lambda learner, X: learner.refuted_scores(X, 1)["placebo treatment"][0].values,
}
"""What is asked of a fitted learner that needs more fits."""


def answered_of(X, names):
    learner = DRLearner(**LINEAR, n_folds=3, random_state=0).fit(X, PAIR.y, PAIR.w)
    return {name: QUESTIONS[name](learner, X) for name in names}


@cache
def answered_here():
    with dask.config.set(scheduler="synchronous"):
        return answered_of(PAIR.X, QUESTIONS)


def test_questions_that_need_more_fits_have_the_same_answers_everywhere(
    elsewhere, tmp_path, request
):
    names = set(QUESTIONS)
    if request.node.callspec.params["elsewhere"] == "processes":
        names -= {"halves"}  # 1,000 tasks, each of which Dask sends with all that it reads
    np.save(tmp_path / "rows.npy", PAIR.X)
    with elsewhere:
        there, from_file = (answered_of(X, names) for X in (PAIR.X, str(tmp_path / "rows.npy")))
    for name in names:
        values = answered_here()[name]
        np.testing.assert_array_equal(there[name], values, err_msg=name)
        np.testing.assert_allclose(from_file[name], values, atol=1e-10, err_msg=name)
