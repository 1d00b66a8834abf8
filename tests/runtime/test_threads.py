"""How many threads a task's libraries may use, seen from inside the task."""

import threading
from concurrent.futures import ThreadPoolExecutor

import dask
import numpy as np
import pytest
from lightgbm import LGBMRegressor
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits
from xgboost import XGBRegressor

from causal_dask import FewerThreads, TLearner
from causal_dask.datasets import make_study
from causal_dask.graph.label import Label
from causal_dask.graph.note import Note, ThreadCounts, Threads
from causal_dask.runtime.threads import alterations, limit_threads

STUDY = make_study(80, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w

MODELS = {
    "XGBoost": XGBRegressor(n_estimators=2),
    "LightGBM": LGBMRegressor(n_estimators=2, verbose=-1, min_child_samples=2),
    "histograms": HistGradientBoostingRegressor(max_iter=2),
}


def threads_now():
    """The limits of this thread, by what they limit."""
    found = {}
    for library in threadpool_info():
        found.setdefault(library["user_api"], set()).add(library["num_threads"])
    return found


class Watcher(RegressorMixin, BaseEstimator):
    """Remembers how many threads its fit and its prediction could have used."""

    def __init__(self, n_jobs=None):
        self.n_jobs = n_jobs

    def fit(self, *_):
        self.seen_, self.jobs_ = threads_now(), self.n_jobs
        return self

    def predict(self, X):
        threads = threads_now()["openmp"] | threads_now()["blas"]
        return np.full(len(X), float(max(threads)))


def learner_of(model, **parameters):
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0, **parameters)


def models_in(learner):
    """The fitted base models."""
    return [kept for kept in learner._fitted.results.values() if hasattr(kept, "fit")]


def test_a_fit_has_one_thread_of_openmp_and_one_of_blas(scheduler):
    with scheduler():
        fitted = learner_of(Watcher()).fit(*DATA)
    seen = [model.seen_ for model in models_in(fitted)]
    assert len(seen) == 6
    assert all(found == {"openmp": {1}, "blas": {1}} for found in seen)


def test_a_prediction_has_one_thread():
    outcomes = learner_of(Watcher()).fit(*DATA).predict_conditional_average_outcomes(STUDY.X)
    assert set(outcomes.ravel()) == {1.0}


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "processes"], indirect=True)
def test_a_fit_has_the_threads_of_openmp_that_the_user_gave_its_model(scheduler):
    with scheduler(), dask.config.set(num_workers=2):
        fitted = learner_of(Watcher(n_jobs=2)).fit(*DATA)
    assert {model.jobs_ for model in models_in(fitted)} == {2}
    assert all(m.seen_ == {"openmp": {2}, "blas": {1}} for m in models_in(fitted))


def test_a_fit_has_no_more_threads_than_its_worker_and_says_so(client):
    message = "'n_jobs' is 2 in the parameters of a model, but a worker here has only 1"
    with client.as_current(), pytest.warns(FewerThreads, match=message):
        fitted = learner_of(Watcher(n_jobs=2)).fit(*DATA)
    assert {model.jobs_ for model in models_in(fitted)} == {1}
    assert all(m.seen_ == {"openmp": {1}, "blas": {1}} for m in models_in(fitted))


def test_minus_one_takes_the_threads_of_the_worker_that_runs_the_fit(client):
    with client.as_current():
        fitted = learner_of(Watcher(n_jobs=-1)).fit(*DATA)
    assert {model.jobs_ for model in models_in(fitted)} == {1}
    with dask.config.set(scheduler="threads", num_workers=3):
        fitted = learner_of(Watcher(n_jobs=-1)).fit(*DATA)
    assert {model.jobs_ for model in models_in(fitted)} == {3}


@pytest.mark.parametrize("name", ["XGBoost", "LightGBM"])
def test_a_model_that_would_take_all_processors_is_told_to_take_one(name):
    fitted = learner_of(MODELS[name]).fit(*DATA)
    assert {model.n_jobs for model in models_in(fitted)} == {1}
    assert MODELS[name].n_jobs is None


def test_a_model_inside_a_pipeline_is_told_to_take_one_thread():
    fitted = learner_of(make_pipeline(StandardScaler(), MODELS["XGBoost"])).fit(*DATA)
    assert {model[-1].n_jobs for model in models_in(fitted)} == {1}


def test_a_model_of_scikit_learn_for_which_none_means_one_is_left_as_it_is():
    fitted = learner_of(RandomForestRegressor(n_estimators=2)).fit(*DATA)
    assert {model.n_jobs for model in models_in(fitted)} == {None}


@pytest.mark.parametrize("name", MODELS)
def test_the_number_of_threads_changes_no_prediction_of_boosted_trees(name):
    one = learner_of(MODELS[name]).fit(*DATA).predict(STUDY.X)
    model = MODELS[name]
    if name != "histograms":
        model = type(model)(**model.get_params() | {"n_jobs": 2})
    assert np.allclose(learner_of(model).fit(*DATA).predict(STUDY.X), one, rtol=0, atol=1e-12)


def test_plans_with_other_threads_run_their_fits_under_other_keys_with_equal_results():
    plans = [learner_of(XGBRegressor(n_estimators=2, n_jobs=n)).plan(*DATA) for n in (None, 1, 2)]
    open_, one, two = (set(plan.keys.values()) for plan in plans)
    assert open_ == one
    assert {key.partition("-")[0] for key in one & two} == {"X", "y", "w", "folds"}
    predicted = [
        learner.predict(STUDY.X) for learner in dask.compute(*plans, scheduler="synchronous")
    ]
    assert np.array_equal(predicted[0], predicted[1])
    assert np.array_equal(predicted[0], predicted[2])


def test_the_threads_of_a_whole_number_of_numpy_count_as_any_number():
    plans = [learner_of(XGBRegressor(n_jobs=n)).plan(*DATA) for n in (2, np.int64(2))]
    assert plans[0].keys == plans[1].keys


def test_only_fits_that_the_user_gave_threads_run_otherwise_than_plainly():
    jobs = {
        "a": (),
        "b": (("n_jobs", 1),),
        "c": (("x__n_jobs", 3), ("n_jobs", 2)),
        "d": (("n", -1),),
    }
    counts = {key: ThreadCounts(set_by_user) for key, set_by_user in jobs.items()}
    threads = {key: Threads(count.most, {"jobs": count}) for key, count in counts.items()}
    threads["e"] = Threads(counts["c"].most)
    found = alterations({key: Note(Label(""), threads=each) for key, each in threads.items()})
    assert (found["e"].threads, found["e"].arguments) == (3, {})
    assert found["d"].threads == -1
    assert found["c"].threads == 3
    assert found["c"].arguments == {"jobs": jobs["c"]}
    assert "a" not in found
    assert "b" not in found


@pytest.fixture
def two_of_everything():
    """Two threads of everything outside of tasks, whatever the machine has."""
    with threadpool_limits(2):
        yield threads_now()


def test_limits_are_given_back(two_of_everything):
    with limit_threads(1):
        assert threads_now() == {"openmp": {1}, "blas": {1}}
    assert threads_now() == two_of_everything == {"openmp": {2}, "blas": {2}}


def test_limits_are_given_back_after_an_error(two_of_everything):
    with pytest.raises(ValueError, match="inside"), limit_threads(1):
        raise ValueError("inside")
    assert threads_now() == two_of_everything


def overlapping_tasks():
    """What the second of two tasks sees after the first, which began before it, has ended."""
    first_is_done, second_is_in = threading.Event(), threading.Event()

    def first():
        with limit_threads(1):
            assert second_is_in.wait(10)
        first_is_done.set()

    def second():
        with limit_threads(1):
            second_is_in.set()
            assert first_is_done.wait(10)
            return threads_now()

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first)
        return pool.submit(second).result(20)


def test_blas_is_limited_until_the_last_of_several_tasks_ends(two_of_everything):
    assert overlapping_tasks() == {"openmp": {1}, "blas": {1}}
    assert threads_now() == two_of_everything


def test_blas_is_given_back_after_many_tasks_at_once_of_which_some_fail(two_of_everything):
    def work(number):
        with limit_threads(1):
            np.linalg.lstsq(np.eye(20), np.ones(20), rcond=None)
            if number % 3 == 0:
                raise ValueError(number)
            return threads_now()["blas"]

    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(work, number) for number in range(60)]
    assert all(task.result() == {1} for task in tasks if not task.exception())
    assert threads_now() == two_of_everything


def test_a_fit_leaves_the_limits_of_its_caller_as_they_were(two_of_everything):
    learner_of(LinearRegression()).fit(*DATA).predict(STUDY.X)
    assert threads_now() == two_of_everything
