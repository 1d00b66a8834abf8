"""Workers and clients are killed at random moments: all runs finish, are equal, repeat nothing.

``FAULT_RUNS`` and ``CLIENT_KILLS`` set how many; 20 and 10 if left out, and fewer are not recorded.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster

from tests.cluster import faults

RESULTS = Path(__file__).parent / "results" / "fault_runs.json"
N_FAULT_RUNS = int(os.environ.get("FAULT_RUNS", "20"))
N_CLIENT_KILLS = int(os.environ.get("CLIENT_KILLS", "10"))
NAP = 0.2
LIMIT = 120


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with dask.config.set(scheduler="synchronous"):
        learner = faults.learner_of(tmp_path_factory.mktemp("undisturbed"))
        return learner.fit(*faults.DATA).predict(faults.DATA[0])


@pytest.fixture(scope="module")
def record():
    """What the runs have shown, written down at the end."""
    found = {"worker_kills": [], "client_kills": []}
    yield found
    if N_FAULT_RUNS >= 20 and N_CLIENT_KILLS >= 10:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def worker_pids(client):
    return list(client.run(os.getpid, on_error="ignore").values())


def kill_some(client, rng, n_kills, seconds, folder):
    """Kill so many workers, each at a random moment after the first fit has begun."""
    killed = 0
    faults.until(lambda: faults.begun(folder), "a fit that begins")
    for _ in range(n_kills):
        time.sleep(rng.uniform(0, seconds / n_kills))
        pids = worker_pids(client)
        if pids:
            faults.kill(pids[rng.integers(len(pids))])
            killed += 1
    return killed


@pytest.mark.parametrize("number", range(N_FAULT_RUNS))
def test_killed_workers_cost_no_result(number, tmp_path, undisturbed, record):
    rng, n_workers = np.random.default_rng(number), (2, 4)[number % 2]
    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        LocalCluster(**options, silence_logs=logging.CRITICAL) as cluster,
        Client(cluster) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        start = time.perf_counter()
        fit = pool.submit(faults.learner_of(tmp_path, nap=NAP).fit, *faults.DATA)
        killing = (client, rng, 1 + number % 3, 12 * NAP / n_workers, tmp_path)
        n_killed = pool.submit(kill_some, *killing)
        learner, n_killed = fit.result(LIMIT), n_killed.result(LIMIT)
        seconds = time.perf_counter() - start
        equal = bool(np.array_equal(learner.predict(faults.DATA[0]), undisturbed))
    record["worker_kills"].append(
        {
            "workers": n_workers,
            "killed": n_killed,
            "seconds": round(seconds, 2),
            "fits_begun": len(faults.begun(tmp_path)),
            "equal": equal,
        }
    )
    assert equal


@pytest.mark.parametrize("number", range(N_CLIENT_KILLS))
def test_a_killed_client_resumes_and_repeats_nothing(number, tmp_path, undisturbed, record):
    kept = tmp_path / "store"
    rng, where = np.random.default_rng(number), ("threads", "cluster")[number % 2]
    command = [sys.executable, "-m", "tests.cluster.client_to_kill", tmp_path, where]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    enough = rng.integers(faults.N_FITS)
    faults.until(lambda: faults.n_done(tmp_path) >= enough, "enough fits", LIMIT)
    time.sleep(rng.uniform(0, 2 * faults.NAP))
    running.send_signal(signal.SIGKILL)
    running.wait(LIMIT)
    time.sleep(2)  # workers without a client end by themselves
    labels, before = faults.stored(kept).values(), faults.n_done(tmp_path)
    n_stored = sum("propensity" not in label for label in labels)
    learner = faults.learner_of(tmp_path, nap=faults.NAP).fit(*faults.DATA, store=kept)
    n_run = faults.n_done(tmp_path) - before
    equal = bool(np.array_equal(learner.predict(faults.DATA[0]), undisturbed))
    record["client_kills"].append(
        {"where": where, "stored": n_stored, "run_again": n_run, "equal": equal}
    )
    assert equal
    assert n_run == faults.N_FITS - n_stored
