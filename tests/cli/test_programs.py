"""The program itself: as it is installed, as a part of dask, without its extra; and stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.cli.study import called

BIN = Path(sys.executable).parent
RESUMABLE = 75


def program(*arguments, **options):
    """What a program prints, in a process of its own."""
    return subprocess.run(
        [str(each) for each in arguments],
        capture_output=True, text=True, check=False, timeout=120, **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        [BIN / "causal-dask"],
        [sys.executable, "-m", "causal_dask"],
        [BIN / "dask", "causal"],
    ],
    ids=["installed", "module", "dask"],
)
def test_the_program_is_there_in_three_ways(command):
    done = program(*command, "--help")
    assert done.returncode == 0
    for name in ("init", "check", "plan", "run", "resume", "predict", "slurm", "store"):
        assert f"\n  {name} " in done.stdout


def test_without_the_extra_it_says_what_to_install(tmp_path):
    (tmp_path / "pydantic.py").write_text("raise ModuleNotFoundError(name='pydantic')\n")
    done = program(
        sys.executable, "-m", "causal_dask", "check", "job.yaml",
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"},
    )  # fmt: skip
    assert done.returncode == 6
    assert "pip install 'causal-dask[cli]'" in done.stderr


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGTERM"])
def test_a_signal_before_the_run_has_begun_is_no_failure(name, tmp_path):
    kill = f"import os, signal\nos.kill(os.getpid(), signal.{name})\n"
    (tmp_path / "pydantic.py").write_text(kill, encoding="utf-8")
    done = program(
        sys.executable, "-m", "causal_dask", "run", "job.yaml",
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"},
    )  # fmt: skip
    assert done.returncode == RESUMABLE


@pytest.fixture
def slow(job, written, folder):
    """A job whose fits take a while, and of which some are done before others begin."""
    slow = {"class": "tests.cli.slow_models.SlowRidge", "parameters": {"seconds": 0.25}}
    job["models"] |= {"nuisance": slow, "treatment": slow}
    job["run"] = {"where": "local", "threads": 2}
    return written(job)


def started(path, n_results):
    """The program at work, when its store has so many results."""
    running = subprocess.Popen(
        [sys.executable, "-m", "causal_dask", "run", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(stored(path)) < n_results:
        assert time.monotonic() < until
        assert running.poll() is None, running.stdout.read()
        time.sleep(0.02)
    return running


def stored(path):
    return list((path.parent / "store").rglob("*.result"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_a_signal_stops_a_run_which_says_how_to_go_on(number, slow):
    running = started(slow, 5)
    running.send_signal(number)
    told, _ = running.communicate(timeout=30)
    assert running.returncode == RESUMABLE, told
    assert f"To go on: causal-dask resume {slow}" in told
    assert "--force" not in told
    assert "kept in the store" in told
    assert not (slow.parent / "results").exists()


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same(slow, tmp_path_factory):
    running = started(slow, 5)
    running.kill()
    running.communicate(timeout=30)
    kept = len(stored(slow))
    resumed = called("resume", slow)
    assert resumed.exit_code == 0, resumed.output
    timings = pd.read_parquet(slow.parent / "results" / "timings.parquet")
    assert (timings["task"] == "load").sum() == kept
    assert (timings["task"] == "fit").sum() == 16 - kept
    undisturbed = tmp_path_factory.mktemp("undisturbed") / "results"
    job = yaml.safe_load(slow.read_text())
    job["store"] = None
    slow.write_text(yaml.safe_dump(job))
    assert called("run", slow, "--output", undisturbed).exit_code == 0
    cate = [path / "cate.parquet" for path in (slow.parent / "results", undisturbed)]
    assert cate[0].read_bytes() == cate[1].read_bytes()
