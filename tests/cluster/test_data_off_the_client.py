"""Data gets to other processes as a file that they map, with the numbers of data in memory."""

import dask
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import ModelFailed, XLearner
from causal_dask.runtime.run import run

RANDOM = np.random.default_rng(0)
ROWS = 20_000
X = RANDOM.normal(size=(ROWS, 8))
W = RANDOM.integers(0, 2, ROWS)
Y = X[:, 0] + W * X[:, 1] + RANDOM.normal(size=ROWS)
FRAME = pd.DataFrame(X, columns=[f"x{place}" for place in range(8)])


def learner():
    return XLearner(
        nuisance_model_factory=LinearRegression,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression,
        n_folds=2,
        random_state=0,
    )


@pytest.fixture(scope="module")
def expected():
    return on_threads(X)


def on_threads(table):
    with dask.config.set(scheduler="threads"):
        return learner().fit(table, Y, W).predict(table)


@pytest.mark.parametrize("table", [X, FRAME], ids=["array", "frame"])
def test_large_data_in_memory_reaches_the_workers_as_a_file(table, client):
    assert np.array_equal(learner().fit(table, Y, W).predict(table), on_threads(table))


@pytest.mark.parametrize("table", [X, FRAME], ids=["array", "frame"])
def test_large_data_in_memory_reaches_processes_as_a_file(table):
    with dask.config.set(scheduler="processes"):
        found = learner().fit(table, Y, W).predict(table)
    assert np.array_equal(found, on_threads(table))


def test_workers_that_do_not_see_the_file_get_the_data_in_the_graph(
    client, expected, tmp_path, monkeypatch
):
    monkeypatch.setattr("causal_dask.runtime.shipping._content", no_file)
    assert np.array_equal(learner().fit(X, Y, W).predict(X), expected)


PARQUET = {
    "threads": lambda client: dask.config.set(scheduler="threads"),
    "processes": lambda client: dask.config.set(scheduler="processes"),
    "cluster": lambda client: dask.config.set(scheduler=client),
}


@pytest.mark.parametrize("where", PARQUET)
def test_files_are_read_where_the_models_are_fitted(where, client, expected, tmp_path):
    FRAME.assign(y=Y, w=W).to_parquet(tmp_path / "study.parquet")
    with PARQUET[where](client):
        fitted = learner().fit(tmp_path / "study.parquet", "y", "w")
        assert np.array_equal(fitted.predict(tmp_path / "study.parquet"), expected)


def test_a_file_that_the_workers_do_not_see_is_named(client, tmp_path):
    FRAME.to_parquet(tmp_path / "study.parquet")
    plan = learner().plan(tmp_path / "study.parquet", Y, W)
    (tmp_path / "study.parquet").unlink()
    with pytest.raises(ModelFailed, match=r"'.*study\.parquet' is not there on .* the same path"):
        plan.compute()


def no_file(path):
    return None


def test_a_fit_with_files_beside_a_persisted_plan_warns_of_nothing(client, warned):
    persisted = client.persist(learner().plan(X, Y, W))
    learner().fit(X, Y, W)
    assert run(persisted).keys() == run(learner().plan(X, Y, W)).keys()
    assert warned == []
