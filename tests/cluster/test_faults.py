"""Workers, schedulers and clients are killed for real: nothing hangs, nothing is lost twice."""

import logging
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from threading import Thread

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster

from causal_dask import ClusterLost, ModelFailed, TLearner, WorkersDied, store
from tests.cluster import faults

DATA, LIMIT, N_FITS = faults.DATA, faults.LIMIT, faults.N_FITS
CLIENT = "tests.cluster.client_to_kill"
X = DATA[0]


@contextmanager
def cluster():
    """Worker processes with nannies that replace them, and a client that is current."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        ) as workers,
        Client(workers) as client,
    ):
        yield client


def few_deaths():
    """Schedulers that give a task up when two workers have died in it, not four."""
    return dask.config.set({"distributed.scheduler.allowed-failures": 1})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the learner predicts when nothing is killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with dask.config.set(scheduler="synchronous"):
        return faults.learner_of(folder).fit(*DATA).predict(X)


def in_time(work, limit=LIMIT):
    """What some work gives or raises, in less time than the limit."""
    found = []

    def run():
        try:
            found.append((work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again below
            found.append((None, error))

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit)
    assert found, f"not finished after {limit} s"
    value, error = found[0]
    if error is not None:
        raise error
    return value


def when(condition, act):
    """Do something as soon as a condition holds, beside what goes on."""
    thread = Thread(target=lambda: (faults.until(condition, "a fit that begins"), act()))
    thread.start()
    return thread


def test_a_worker_killed_in_a_fit_costs_no_result(tmp_path, undisturbed):
    with cluster():
        begun = lambda: faults.begun(tmp_path)[3:]  # noqa: E731 - said twice
        killer = when(begun, lambda: faults.kill(begun()[0]))
        learner = in_time(lambda: faults.learner_of(tmp_path, nap=faults.NAP).fit(*DATA))
        killer.join(LIMIT)
        found = in_time(lambda: learner.predict(X))
    assert np.array_equal(found, undisturbed)


def test_when_all_workers_are_killed_those_that_replace_them_do_the_work(tmp_path, undisturbed):
    with cluster() as client:
        pids = list(client.run(lambda: __import__("os").getpid()).values())
        killer = when(lambda: faults.begun(tmp_path)[3:], lambda: faults.kill(*pids))
        learner = in_time(lambda: faults.learner_of(tmp_path, nap=faults.NAP).fit(*DATA))
        killer.join(LIMIT)
        found = in_time(lambda: learner.predict(X))
    assert np.array_equal(found, undisturbed)


def test_a_task_that_always_kills_its_worker_is_named_and_all_others_are_kept(
    tmp_path, undisturbed
):
    learner = faults.learner_of(tmp_path, trouble="exit")
    with few_deaths(), cluster():
        with pytest.raises(ModelFailed) as raised:
            in_time(lambda: learner.fit(*DATA))
        error = raised.value
        learner.set_params(treatment_model_factory__trouble="")
        before = faults.n_done(tmp_path)
    assert len(error.labels) == 1
    assert error.labels[0].startswith("DR-learner, treatment_model, variant 1, fold ")
    assert "2 workers died, one after the other, while they ran this task on 80 rows" in str(error)
    assert "more memory" in str(error)
    assert "25 of 26 results have finished and are kept" in str(error)
    assert isinstance(error.__cause__, WorkersDied)
    assert before >= N_FITS - 1
    assert learner.predict_nuisance(X, "propensity_model", 0).shape == (120, 2)


def test_tasks_that_were_blamed_beside_the_guilty_one_finish_after_all(tmp_path):
    crowded = {"allowed-failures": 0, "worker-saturation": "inf"}
    settings = {f"distributed.scheduler.{name}": value for name, value in crowded.items()}
    with dask.config.set(settings), cluster(), pytest.raises(ModelFailed) as raised:
        in_time(lambda: faults.learner_of(tmp_path, trouble="exit").fit(*DATA))
    assert len(raised.value.labels) == 1
    assert "25 of 26 results have finished" in str(raised.value)


def test_a_persisted_plan_that_killed_its_workers_says_so(tmp_path):
    with few_deaths(), cluster() as client:
        learner = client.persist(faults.learner_of(tmp_path, trouble="exit").plan(*DATA)).result
        with pytest.raises(ModelFailed, match="2 workers died"):
            in_time(lambda: learner.predict(X))


def test_a_fit_that_is_out_of_memory_says_how_many_rows_and_what_to_change(tmp_path):
    learner = faults.learner_of(tmp_path, trouble="memory")
    with pytest.raises(ModelFailed, match=r"on 80 rows\)\. The process ran out of memory: run fe"):
        learner.fit(*DATA)


def test_a_flaky_model_is_tried_again_on_the_worker(client, tmp_path, undisturbed):
    learner = faults.learner_of(tmp_path, trouble="once").fit(*DATA, retries=1)
    assert np.array_equal(learner.predict(X), undisturbed)


def test_a_lost_scheduler_is_told_and_the_store_goes_on_without_it(tmp_path, undisturbed):
    kept = tmp_path / "store"
    learner = faults.learner_of(tmp_path, nap=faults.NAP)
    with (
        faults.scheduler_process(tmp_path) as (scheduler, file),
        faults.worker_process(file),
        Client(scheduler_file=str(file), timeout=2),
    ):
        killer = when(lambda: faults.n_done(tmp_path) > 4, lambda: faults.kill(scheduler.pid))
        with pytest.raises(ClusterLost) as raised:
            in_time(lambda: learner.fit(*DATA, store=kept))
        killer.join(LIMIT)
    assert isinstance(raised.value, ConnectionError)
    assert "The connection to the scheduler tcp://" in str(raised.value)
    assert f"are kept in the store {kept}" in str(raised.value)
    n_kept, n_done = len(store.ls(kept)), faults.n_done(tmp_path)
    assert n_kept > 2
    learner = faults.learner_of(tmp_path, nap=faults.NAP).fit(*DATA, store=kept)
    assert np.array_equal(learner.predict(X), undisturbed)
    assert faults.n_done(tmp_path) - n_done <= N_FITS - n_kept + 4


def test_work_that_is_cancelled_by_others_is_told_as_such(tmp_path):
    learner = faults.learner_of(tmp_path, nap=faults.NAP)
    with cluster() as client:
        restarter = when(lambda: faults.begun(tmp_path), client.restart)
        with pytest.raises(ClusterLost) as raised:
            in_time(lambda: learner.fit(*DATA))
        restarter.join(LIMIT)
    assert "has cancelled the work of 26 results" in str(raised.value)
    assert "With fit(..., store='folder') the fits that finish are" in str(raised.value)


def run_client(folder, *options, until=None, stop=None, limit=LIMIT):
    """A client in a process of its own, which is stopped when enough fits are done."""
    command = [sys.executable, "-m", CLIENT, folder, *options]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        if stop is not None:
            faults.until(until, "enough fits")
            running.send_signal(stop)
        return running.communicate(timeout=limit)[1], running.returncode
    finally:
        running.kill()


@pytest.mark.parametrize("scheduler", ["threads", "cluster"])
def test_an_interrupted_client_says_how_to_resume_and_does(scheduler, tmp_path, undisturbed):
    enough = lambda: faults.n_done(tmp_path) >= 4  # noqa: E731
    told, code = run_client(tmp_path, scheduler, until=enough, stop=signal.SIGINT)
    assert code not in (0, None)
    assert "KeyboardInterrupt" in told
    assert f"The fits that had finished are kept in the store {tmp_path / 'store'}" in told
    resumed(tmp_path, undisturbed)


def test_an_interrupted_client_leaves_nothing_to_run_on_the_cluster(tmp_path):
    with faults.scheduler_process(tmp_path) as (_, file), faults.worker_process(file):
        enough = lambda: faults.n_done(tmp_path) >= 2  # noqa: E731
        run_client(tmp_path, str(file), until=enough, stop=signal.SIGINT)
        with Client(scheduler_file=str(file), timeout=2, set_as_default=False) as client:
            faults.until(lambda: not client.processing().get("tasks"), "idle workers")
            faults.until(
                lambda: client.run_on_scheduler(n_tasks) == 0, "a scheduler that has forgotten"
            )


def n_tasks(dask_scheduler):
    return len(dask_scheduler.tasks)


@pytest.mark.parametrize("after", [1, 6])
def test_a_client_that_is_killed_repeats_no_stored_fit(after, tmp_path, undisturbed):
    enough = lambda: faults.n_done(tmp_path) >= after  # noqa: E731
    _, code = run_client(tmp_path, "threads", until=enough, stop=signal.SIGKILL)
    assert code == -signal.SIGKILL
    resumed(tmp_path, undisturbed)


def resumed(folder, undisturbed):
    """Fit with the store, and hold result and count against an undisturbed fit."""
    time.sleep(0.5)  # what the killed one had begun on workers
    kept = faults.stored(folder / "store")
    n_marking = sum("propensity" not in label for label in kept.values())
    before = faults.n_done(folder)
    learner = faults.learner_of(folder, nap=faults.NAP).fit(*DATA, store=folder / "store")
    timings = learner.timings_.set_index("key")["task"]
    assert (timings[list(kept)] == "load").all()
    assert faults.n_done(folder) - before == N_FITS - n_marking
    assert np.array_equal(learner.predict(X), undisturbed)


def test_three_workers_of_a_scheduler_of_its_own_give_the_same(tmp_path, undisturbed):
    with faults.scheduler_process(tmp_path) as (_, file), ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(faults.worker_process(file))
        with Client(scheduler_file=str(file), timeout=2) as client:
            client.wait_for_workers(3, timeout=LIMIT)
            learner = in_time(lambda: faults.learner_of(tmp_path).fit(*DATA))
            assert np.array_equal(learner.predict(X), undisturbed)


def test_a_store_serves_learners_on_a_cluster(client, tmp_path):
    faults.learner_of(tmp_path).fit(*DATA, store=tmp_path / "store")
    before = faults.n_done(tmp_path)
    again = {"propensity_model_factory": None, "treatment_model_factory": None}
    faults.learner_of(tmp_path, cls=TLearner, **again).fit(*DATA, store=tmp_path / "store")
    assert faults.n_done(tmp_path) == before == N_FITS
