"""How many fits run at once, seen by models that sleep and note when."""

import os
import time
from collections import Counter

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from causal_dask import DRLearner, InvalidInput, TLearner, XLearner
from causal_dask.datasets import make_study
from tests.catalogue import LINEAR
from tests.catalogue import learner_of as linear

STUDY = make_study(120, n_variants=3, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
NAP = 0.03
N_THREADS = 8


class Sleeps(RegressorMixin, BaseEstimator):
    """Fits nothing for a while."""

    def __init__(self, nap=NAP, n_jobs=None):
        self.nap, self.n_jobs = nap, n_jobs

    def fit(self, X, y, sample_weight=None):  # noqa: ARG002 - scikit-learn's signature
        time.sleep(self.nap)
        return self

    def predict(self, X):
        return np.zeros(len(X))


class SleepsThenClassifies(ClassifierMixin, Sleeps):
    """The same as a classifier."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def learner_of(cls=DRLearner, **parameters):
    sleeping = {
        "nuisance_model_factory": Sleeps,
        "propensity_model_factory": SleepsThenClassifies,
        "treatment_model_factory": Sleeps,
    }
    return linear(cls, **sleeping | parameters)


def most_at_once(timings):
    """The most models, fits of one model, and fits of all that ran at once."""
    fits = timings[timings["task"] == "fit"]
    models = fits["label"].str.rpartition(", ")[0]
    found = [0, 0, 0]
    for start in fits["start"]:
        now = Counter(models[(fits["start"] <= start) & (start < fits["end"])])
        seen = (len(now), max(now.values()), now.total())
        found = [max(pair) for pair in zip(found, seen, strict=True)]
    return found


@pytest.fixture(scope="module")
def workers():
    """A cluster as wide as the threads of the other schedulers here."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=4, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(params=["threads", "cluster"])
def wide(request):
    """Room for eight fits."""
    if request.param == "threads":
        with dask.config.set(scheduler="threads", num_workers=N_THREADS):
            yield
    else:
        with request.getfixturevalue("workers").as_current():
            yield


CAPS = {
    "models": ({"n_jobs_base_learners": 2}, (2, 4, 8)),
    "folds": ({"n_jobs_cross_fitting": 2}, (6, 2, 8)),
    "both": ({"n_jobs_base_learners": 2, "n_jobs_cross_fitting": 1}, (2, 1, 2)),
    "one at a time": ({"n_jobs_base_learners": 1, "n_jobs_cross_fitting": 1}, (1, 1, 1)),
}


@pytest.mark.parametrize("name", CAPS)
def test_no_more_run_at_once_than_the_caps_allow(name, wide):
    caps, allowed = CAPS[name]
    seen = most_at_once(learner_of().fit(*DATA, **caps).timings_)
    assert all(found <= cap for found, cap in zip(seen, allowed, strict=True))
    assert seen[0] >= min(2, allowed[0])
    assert seen[1] >= min(2, allowed[1])


@pytest.mark.parametrize("none", [None, -1])
def test_without_caps_the_graph_is_as_wide_as_the_scheduler(none, wide):
    caps = {"n_jobs_base_learners": none, "n_jobs_cross_fitting": none}
    assert most_at_once(learner_of().fit(*DATA, **caps).timings_)[2] >= 6


def test_two_plans_computed_together_keep_their_own_caps(wide):
    narrow, wider = (
        learner_of(cls).plan(*DATA, n_jobs_base_learners=cap, n_jobs_cross_fitting=1)
        for cls, cap in ((TLearner, 1), (XLearner, 2))
    )
    t, x = dask.compute(narrow, wider)
    assert most_at_once(t.timings_)[2] == 1
    assert most_at_once(x.timings_)[2] == 2


def test_caps_change_no_number():
    study = make_study(300, n_variants=3, random_state=0)
    learner = learner_of().set_params(**LINEAR)
    plain = learner.fit(study.X, study.y, study.w).predict(study.X)
    for caps, _ in CAPS.values():
        again = learner.plan(study.X, study.y, study.w, **caps).compute()
        np.testing.assert_array_equal(again.predict(study.X), plain)


def test_fits_with_several_threads_each_are_as_many_as_have_room():
    params = {"n_jobs": 3}
    learner = TLearner(
        nuisance_model_factory=Sleeps, nuisance_model_params=params, n_folds=4, random_state=0
    )
    with dask.config.set(scheduler="threads", num_workers=7):
        assert most_at_once(learner.fit(*DATA).timings_)[2] == 2


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor has no room for two processes")
def test_fits_with_several_threads_take_turns_among_processes():
    learner = TLearner(
        nuisance_model_factory=Sleeps, nuisance_model_params={"n_jobs": 2}, n_folds=2,
        random_state=0, n_variants=3,
    )  # fmt: skip
    with dask.config.set(scheduler="processes", num_workers=3):
        assert most_at_once(learner.fit(*DATA).timings_)[2] == 1


@pytest.mark.parametrize("name", ["n_jobs_base_learners", "n_jobs_cross_fitting"])
@pytest.mark.parametrize("value", [0, -2, 1.5, True, "2"])
def test_a_cap_that_is_no_number_of_fits_is_refused(name, value):
    with pytest.raises(InvalidInput, match=f"'{name}' caps how many .* Got {value!r}"):
        learner_of().fit(*DATA, **{name: value})
