"""Jobs of the command line are killed at random moments and resumed: nothing is lost or repeated.

Ten of them (``JOB_KILLS``); fewer are not recorded. Two minutes.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.cli.study import JOB, table

RESULTS = Path(__file__).parent / "results" / "killed_jobs.json"
N_KILLS = int(os.environ.get("JOB_KILLS", "10"))
NAP, N_FITS, LIMIT = 0.4, 16, 120


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = job_in(tmp_path_factory.mktemp("undisturbed"))
    causal_dask("run", path).communicate(timeout=LIMIT)
    return (path.parent / "results" / "cate.parquet").read_bytes()


@pytest.fixture(scope="module")
def record():
    """What the kills have shown, written down at the end."""
    found = []
    yield found
    if N_KILLS >= 10:
        RESULTS.write_text(json.dumps({"kills": found}, indent=1) + "\n")


def job_in(folder):
    """A job file whose fits take a while."""
    table().to_csv(folder / "study.csv", index=False)
    slow = {"class": "tests.cli.slow_models.SlowRidge", "parameters": {"seconds": NAP}}
    job = {**JOB, "data": {**JOB["data"], "exclude": ["weight", "town"]}, "run": {"threads": 2}}
    job["models"] = {**JOB["models"], "nuisance": slow, "treatment": slow}
    (folder / "job.yaml").write_text(yaml.safe_dump(job))
    return folder / "job.yaml"


def causal_dask(*words):
    program = [sys.executable, "-m", "causal_dask", *map(str, words)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def stored(path):
    return len(list((path.parent / "store").rglob("*.result")))


@pytest.mark.parametrize("number", range(N_KILLS))
def test_a_killed_job_resumes_to_the_same_and_repeats_nothing(
    number, tmp_path, undisturbed, record
):
    path, rng = job_in(tmp_path), np.random.default_rng(number)
    running = causal_dask("run", path)
    until = time.monotonic() + LIMIT
    while not (path.parent / "store").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(rng.uniform(0, NAP * N_FITS / 2))
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=LIMIT)
    kept = stored(path)
    told, _ = causal_dask("resume", path).communicate(timeout=LIMIT)
    tasks = pd.read_parquet(path.parent / "results" / "timings.parquet")["task"]
    equal = (path.parent / "results" / "cate.parquet").read_bytes() == undisturbed
    loaded, fitted = int((tasks == "load").sum()), int((tasks == "fit").sum())
    record.append({"stored": kept, "loaded": loaded, "fitted": fitted, "equal": equal})
    assert equal, told
    assert (loaded, fitted) == (kept, N_FITS - kept)
