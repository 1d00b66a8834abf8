"""Nie & Wager's simulations from the study file in examples/: the means, and what kills do to it.

100 draws of each setup, then a shorter study that is killed ten times (``KILLS``) and resumed. An
hour and a half on two cores; ``QUICK=1`` for a draw of each setup, of which nothing is judged.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.benchmarks.published import PUBLISHED
from tests.benchmarks.record import FOLDER
from tests.benchmarks.sizes import QUICK, size

EXAMPLE = Path(__file__).parents[2] / "examples" / "nie_wager"
ALONE = Path(__file__).parent / "results" / "nie_wager.json"
N, N_KILLED = size(100, quick=1), size(8, quick=1)
N_KILLS = int(os.environ.get("KILLS", size(10, quick=1)))
LIMIT = 7_200

judged = pytest.mark.skipif(QUICK, reason="one draw says nothing about means")


def study_in(folder, replications):
    """A copy of the study with this many replications."""
    path = shutil.copytree(EXAMPLE, folder / "study") / "study.yaml"
    said = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**said, "replications": replications}))
    return path


def start(path):
    program = [sys.executable, "-m", "causal_dask", "study", "run", path, "--quiet"]
    return subprocess.Popen(program, start_new_session=True, stdout=subprocess.PIPE)


def finish(path):
    running = start(path)
    running.communicate(timeout=LIMIT)
    assert running.returncode == 0
    return path.parent / "results"


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    """The means by setup and learner, which are kept beside those of the learners alone."""
    started = time.perf_counter()
    results = finish(study_in(tmp_path_factory.mktemp("nie_wager"), N))
    seconds = time.perf_counter() - started
    found = pd.read_csv(results / "summary.csv").set_index(["setup", "learner"])
    print(f"\n{found[['mean', 'mc_error']].round(3).to_string()}\n{N} draws, {seconds:.0f} s")
    rows = found[["mean", "mc_error"]].round(4).reset_index().to_dict("records")
    record = {"replications": N, "seconds": round(seconds), "means": rows}
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "nie_wager_study.json").write_text(json.dumps(record, indent=1) + "\n")
    return found


def test_every_mean_is_there_and_nothing_failed(summary):
    assert len(summary) == sum(map(len, PUBLISHED.values()))
    assert (summary["n"] == N).all()
    assert (summary["failed"] == 0).all()


@judged
@pytest.mark.parametrize("cell", json.loads(ALONE.read_text())["means"], ids=str)
def test_a_mean_is_that_of_the_learners_alone(summary, cell):
    found = summary.loc[cell["setup"], cell["learner"]]
    error = np.hypot(found["mc_error"], cell["standard_error"])
    assert abs(found["mean"] - cell["mean"]) <= 3 * error


def test_a_killed_study_goes_on_to_the_same_and_repeats_nothing(tmp_path):
    killed, random = study_in(tmp_path / "killed", N_KILLED), np.random.default_rng(0)
    for _ in range(N_KILLS):
        before = stored(killed)
        kill_later(start(killed), killed, len(before), random.uniform(0, 15))
        assert before.items() <= stored(killed).items()
    before = stored(killed)
    assert len(before) >= min(N_KILLS, N_KILLED)
    results = finish(killed)
    assert before.items() <= stored(killed).items()
    whole = finish(study_in(tmp_path / "whole", N_KILLED))
    for name in ("table.parquet", "summary.csv"):
        assert (results / name).read_bytes() == (whole / name).read_bytes()


def stored(path):
    """The replications that are kept, and when they were written."""
    return {p: p.stat().st_mtime_ns for p in (path.parent / "results").rglob("0*.json")}


def kill_later(running, path, n_before, seconds):
    """Kill a run and its processes, some seconds after it has kept a replication more."""
    until = time.monotonic() + LIMIT
    while len(stored(path)) <= n_before and running.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(seconds)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
