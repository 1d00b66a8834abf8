"""Workers that lack what is about to be sent to them are told apart before it is sent."""

import importlib
import os
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from distributed import Client
from sklearn.linear_model import LinearRegression, Ridge

from causal_dask import InvalidInput, TLearner, WorkersDiffer, fit_together
from causal_dask.datasets import make_study
from tests.cluster import faults
from tests.studies.small import study_of

STUDY = make_study(60, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
MODULE = """
from sklearn.linear_model import LinearRegression

class Own(LinearRegression):
    pass
"""


def t_learner(model):
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0)


@contextmanager
def client_of_worker(folder, first_on_path=""):
    """A client of one worker, for which a folder goes before all others."""
    path = os.pathsep.join([str(first_on_path), os.environ.get("PYTHONPATH", "")])
    with (
        faults.scheduler_process(folder) as (_, file),
        faults.worker_process(file, cwd=folder, env={**os.environ, "PYTHONPATH": path}),
        Client(scheduler_file=str(file), timeout=2) as client,
    ):
        client.wait_for_workers(1, timeout=faults.LIMIT)
        yield client


@pytest.fixture
def own_model(tmp_path, monkeypatch):
    """A class of a module that only this process can import."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own_models_here.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("own_models_here").Own
    del sys.modules["own_models_here"]


def test_a_class_that_workers_cannot_import_is_named_and_can_be_uploaded(tmp_path, own_model):
    with client_of_worker(tmp_path) as client:
        t_learner(LinearRegression).fit(*DATA)
        with pytest.raises(WorkersDiffer) as raised:
            t_learner(own_model).fit(*DATA)
        client.upload_file(str(tmp_path / "own" / "own_models_here.py"))
        found = t_learner(own_model).fit(*DATA).predict(STUDY.X)
    assert "own_models_here.Own cannot be imported (ModuleNotFoundError: " in str(raised.value)
    assert "On tcp://" in str(raised.value)
    assert "the scheduler (2 of 2)" in str(raised.value)
    assert "client.upload_file" in str(raised.value)
    assert np.array_equal(found, t_learner(own_model).fit(*DATA).predict(STUDY.X))


def test_a_worker_without_this_package_or_with_another_version_of_one_is_named(tmp_path):
    (tmp_path / "causal_dask.py").write_text("raise ImportError('not here')")
    other = tmp_path / "scikit_learn-0.1.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Name: scikit-learn\nVersion: 0.1\n")
    with client_of_worker(tmp_path, tmp_path):
        with pytest.raises(WorkersDiffer) as raised:
            t_learner(LinearRegression).fit(*DATA)
        with pytest.raises(WorkersDiffer, match=r"causal_dask\.__version__ cannot be imported"):
            study_of().run()
    assert "causal_dask.__version__ cannot be imported (ImportError: not here)" in str(raised.value)
    assert "scikit-learn is 0.1, here 1." in str(raised.value)


def test_workers_are_asked_once_and_again_for_other_models(client, monkeypatch):
    asked = []
    run = Client.run
    monkeypatch.setattr(Client, "run", lambda *a, **k: asked.append(a) or run(*a, **k))
    for _ in range(2):
        t_learner(LinearRegression).fit(*DATA).predict(STUDY.X)
    assert len(asked) == 1
    t_learner(LinearRegression(positive=True)).fit(*DATA)
    assert len(asked) == 1
    t_learner(Ridge).fit(*DATA)
    assert len(asked) == 2


def test_a_model_that_cannot_be_pickled_is_not_sent(client):
    class Open(LinearRegression):
        file = sys.stdout

    with pytest.raises(InvalidInput, match="type Open cannot be pickled"):
        t_learner(Open()).fit(*DATA)


def test_learners_fitted_together_are_looked_at_too(tmp_path, own_model):
    learners = [t_learner(LinearRegression), t_learner(own_model)]
    with client_of_worker(tmp_path), pytest.raises(WorkersDiffer, match=r"own_models_here\.Own"):
        fit_together(learners, *DATA)
