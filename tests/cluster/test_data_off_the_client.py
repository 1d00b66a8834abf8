"""Data gets to other processes as a file that they map, with the numbers of data in memory."""

import subprocess
import sys

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client

from causal_dask import ModelFailed, XLearner
from causal_dask.runtime.run import run
from tests.catalogue import learner_of

RANDOM = np.random.default_rng(0)
ROWS = 20_000
X = RANDOM.normal(size=(ROWS, 8))
W = RANDOM.integers(0, 2, ROWS)
Y = X[:, 0] + W * X[:, 1] + RANDOM.normal(size=ROWS)
FRAME = pd.DataFrame(X, columns=[f"x{place}" for place in range(8)])


def learner():
    return learner_of(XLearner, n_folds=2)


@pytest.fixture(scope="module")
def expected():
    return on_threads(X)


def on_threads(table, is_oos=None):
    with dask.config.set(scheduler="threads"):
        return learner().fit(table, Y, W).predict(table, is_oos=is_oos)


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
    monkeypatch.setattr("causal_dask.runtime.clusters.shipping._content", no_file)
    assert np.array_equal(learner().fit(X, Y, W).predict(X), expected)


@pytest.fixture(scope="module")
def scheduler_file(tmp_path_factory):
    """A scheduler and three workers that were started from a shell."""
    file = tmp_path_factory.mktemp("cluster") / "scheduler.json"
    commands = [["dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]]
    commands += [["dask_worker", "--nthreads", "1", "--no-dashboard"]] * 3
    started = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{name}", *options, "--scheduler-file", file],
            stderr=subprocess.DEVNULL,
        )
        for name, *options in commands
    ]
    yield file
    for process in started:
        process.terminate()
        process.wait(30)


@pytest.fixture
def where(request, client, scheduler_file):
    """Each way to run a plan, as the one that Dask would use."""
    if request.param != "separate":
        with dask.config.set(scheduler=client if request.param == "cluster" else request.param):
            yield
        return
    with Client(scheduler_file=str(scheduler_file)) as separate:
        separate.wait_for_workers(3, timeout=60)
        with dask.config.set(scheduler=separate):
            yield


EVERYWHERE = pytest.mark.parametrize(
    "where", ["threads", "processes", "cluster", "separate"], indirect=True
)
TABLE = FRAME.assign(y=Y, w=W)


@EVERYWHERE
def test_data_in_memory_gives_the_same_everywhere(where, expected):
    fitted = learner().fit(X, Y, W)
    assert np.array_equal(fitted.predict(X), expected)
    assert np.array_equal(fitted.predict(X, is_oos=True), on_threads(X, is_oos=True))


@EVERYWHERE
def test_files_give_the_same_everywhere(where, expected, tmp_path):
    TABLE.to_parquet(tmp_path / "study.parquet")
    fitted = learner().fit(tmp_path / "study.parquet", "y", "w")
    assert np.array_equal(fitted.predict(tmp_path / "study.parquet"), expected)
    predicted = fitted.predict(tmp_path / "study.parquet", is_oos=True)
    assert np.array_equal(predicted, on_threads(X, is_oos=True))


@EVERYWHERE
def test_dask_dataframes_give_the_same_everywhere(where, expected):
    parts = dd.from_pandas(TABLE, npartitions=4)
    fitted = learner().fit(parts, "y", "w")
    assert np.array_equal(fitted.predict(parts), expected)
    assert np.allclose(fitted.predict(parts, is_oos=True), on_threads(X, is_oos=True), rtol=1e-12)


def test_partitions_that_are_on_a_cluster_stay_there(client, expected, warned):
    parts = client.persist(dd.from_pandas(TABLE, npartitions=4))
    fitted = learner().fit(parts, "y", "w")
    assert np.array_equal(fitted.predict(parts), expected)
    learner().fit(parts, "y", "w")
    assert warned == []


def test_arrays_on_a_cluster_stay_there(client, expected):
    rows = client.persist(da.from_array(X, chunks=(6_000, 3)))
    assert np.array_equal(learner().fit(rows, Y, W).predict(rows), expected)


@EVERYWHERE
def test_workers_write_what_they_predict(where, tmp_path):
    TABLE.to_parquet(tmp_path / "study.parquet")
    fitted = learner().fit(tmp_path / "study.parquet", "y", "w")
    folder = fitted.predict_to_parquet(tmp_path / "study.parquet", tmp_path / "effects")
    assert np.array_equal(pd.read_parquet(folder), fitted.predict(tmp_path / "study.parquet")[:, 0])


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
