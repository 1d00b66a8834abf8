"""Fits run on workers that have the resources which they need."""

import threading
import time

import dask
import numpy as np
import pytest
from distributed import Client, Scheduler, SpecCluster, Worker
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from xgboost import XGBRegressor

from causal_dask import DRLearner, InvalidInput, TLearner, fit_together
from causal_dask.datasets import make_study
from causal_dask.graph.note import Kind
from causal_dask.study.base_models.traits import uses_gpu
from tests.catalogue import learner_of

STUDY = make_study(300, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
TREATMENT = {"treatment_model": {"GPU": 1}}


class Counted(RegressorMixin, BaseEstimator):
    """Counts how many of its fits run at once; ``device`` is as XGBoost's."""

    lock, now, most = threading.Lock(), 0, 0

    def __init__(self, device=None):
        self.device = device

    def fit(self, X, y):
        with Counted.lock:
            Counted.now += 1
            Counted.most = max(Counted.most, Counted.now)
        time.sleep(0.01)
        with Counted.lock:
            Counted.now -= 1
        self.mean_ = X.mean() + y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


@pytest.fixture
def counted():
    Counted.most = 0
    return Counted


def worker(**resources):
    options = {"nthreads": 4, "resources": resources, "dashboard": False}
    return {"cls": Worker, "options": options}


@pytest.fixture(scope="module")
def cluster():
    """Two workers of four threads, one of them with a GPU in name."""
    scheduler = {
        "cls": Scheduler,
        "options": {"dashboard_address": ":0", "port": 0, "host": "127.0.0.1"},
    }
    workers = {"plain": worker(), "special": worker(GPU=1)}
    with (
        SpecCluster(workers=workers, scheduler=scheduler) as running,
        Client(running) as client,
    ):
        client.wait_for_workers(2)
        yield client


def place_of(client, name):
    found = client.scheduler_info()["workers"]
    return next(address for address, each in found.items() if each["id"] == name)


def workers_of(learner, kind):
    fits = learner.timings_.query("task == 'fit'")
    return set(fits[fits["model"].str.contains(kind)]["worker"])


def test_fits_of_a_kind_run_where_its_resource_is_one_at_a_time(cluster, counted):
    learner = learner_of(treatment_model_factory=Counted, n_folds=6)
    plain = learner_of(treatment_model_factory=Counted, n_folds=6).fit(*DATA)
    assert counted.most > 1
    counted.most = 0
    learner.fit(*DATA, resources=TREATMENT)
    assert counted.most == 1
    assert workers_of(learner, "treatment_model") == {place_of(cluster, "special")}
    assert np.array_equal(learner.predict(STUDY.X), plain.predict(STUDY.X))


def test_models_that_are_told_to_use_a_gpu_find_it(cluster, counted):
    learner = learner_of(treatment_model_factory=Counted(device="cuda"), n_folds=6)
    learner.fit(*DATA)
    assert counted.most == 1
    assert workers_of(learner, "treatment_model") == {place_of(cluster, "special")}


def test_a_plan_that_is_computed_runs_where_it_is_asked_to(cluster):
    fitted = learner_of().plan(*DATA, resources=TREATMENT).compute()
    assert workers_of(fitted, "treatment_model") == {place_of(cluster, "special")}


def test_a_plan_whose_gpu_nobody_offers_is_computed_all_the_same(cluster):
    del cluster
    plan = learner_of(treatment_model_factory=Counted(device="cuda")).plan(*DATA)
    annotations = next(iter(plan.__dask_graph__().layers.values())).annotations
    assert set(annotations) == {"priority"}


def test_a_stage_names_all_its_kinds(cluster):
    both = {"nuisance_model": {"GPU": 1}, "propensity_model": {"GPU": 0.5}}
    learner = learner_of().fit(*DATA, resources=both)
    special = {place_of(cluster, "special")}
    assert workers_of(learner, "outcome_model") == workers_of(learner, "propensity") == special


def test_learners_fitted_together_keep_their_places(cluster):
    learners = [learner_of(), TLearner(nuisance_model_factory=LinearRegression, n_folds=3)]
    with pytest.raises(InvalidInput, match="The kinds are"):
        fit_together(learners, *DATA, resources=TREATMENT)
    found = fit_together(learners, *DATA, resources={"variant_outcome_model": {"GPU": 1}})
    for learner in found:
        assert workers_of(learner, "outcome_model") == {place_of(cluster, "special")}


def test_a_resource_that_no_worker_has_is_told_before_anything_runs(cluster, counted):
    learner = learner_of(treatment_model_factory=Counted)
    with pytest.raises(InvalidInput) as raised:
        learner.fit(*DATA, resources={"treatment_model": {"TPU": 2}})
    assert "asks for {'TPU': 2.0} for DR-learner, treatment_model" in str(raised.value)
    assert "dask worker --resources 'TPU=2'. The workers have [" in str(raised.value)
    assert counted.most == 0


def test_a_gpu_that_nobody_offers_keeps_no_fit_from_running(cluster):
    learner = learner_of(treatment_model_factory=Counted(device="cuda"))
    plan = learner.plan(*DATA)
    assert plan.places
    with dask.config.set(scheduler="threads"):
        assert learner.fit(*DATA).predict(STUDY.X).shape == (300, 1, 1)


@pytest.mark.parametrize(("here", "most"), [({}, 1), ({"GPU": 3}, 3)])
def test_threads_take_turns_for_a_resource(here, most, counted):
    setting = {"distributed.worker.resources": here}
    with dask.config.set(setting, scheduler="threads", num_workers=6):
        learner_of(treatment_model_factory=Counted, n_folds=8).fit(*DATA, resources=TREATMENT)
    assert counted.most == most


@pytest.mark.parametrize(
    "resources",
    [
        {"treatment": {"GPU": 1}},
        {"treatment_model": 1},
        {"treatment_model": {"GPU": 0}},
        {"treatment_model": {"GPU": float("inf")}},
        "GPU",
    ],
)
def test_resources_that_cannot_be_read_are_told(resources):
    with pytest.raises(InvalidInput, match="'resources' must be a dict of dicts"):
        DRLearner(
            nuisance_model_factory=LinearRegression,
            propensity_model_factory=LogisticRegression,
            treatment_model_factory=LinearRegression,
        ).plan(*DATA, resources=resources)


def test_only_fits_and_predictions_have_places():
    plan = learner_of().plan(*DATA, resources={"propensity_model": {"GPU": 1}})
    kinds = {plan.notes[key].kind for key in plan.places}
    assert kinds == {Kind.FIT, Kind.PREDICTION}
    assert {plan.notes[key].model for key in plan.places} == {"propensity_model"}


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (XGBRegressor(device="cuda:0"), True),
        (XGBRegressor(device="cpu"), False),
        (XGBRegressor(), False),
        (make_pipeline(XGBRegressor(device="gpu")), True),
        (LinearRegression(), False),
    ],
    ids=str,
)
def test_a_gpu_is_found_in_the_parameters_of_a_model(model, found):
    assert uses_gpu(model) is found


def test_a_setting_is_for_all_learners_whatever_kinds_they_have():
    with dask.config.set({"causal_dask.resources": {"treatment_model": {"GPU": 1}}}):
        dr = learner_of().plan(*DATA)
        t = TLearner(nuisance_model_factory=LinearRegression, n_folds=3).plan(*DATA)
    assert len(dr.places) == 4
    assert not t.places
