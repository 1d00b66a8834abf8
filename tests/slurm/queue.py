"""What tests ask of Slurm: submit, wait, look, break; and a job whose fits take a while."""

import re
import subprocess
import time

import pandas as pd
import yaml

from tests.cli.study import JOB, called, table

LIMIT = 150
"""Seconds that a job may take, with all that happens to it."""


def command(*arguments):
    """What a command of Slurm prints."""
    words = [str(each) for each in arguments]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout


def state_of(number):
    """The state of a job, such as PENDING, RUNNING, COMPLETED, FAILED."""
    return re.search(r"JobState=(\w+)", command("scontrol", "show", "job", number)).group(1)


def exit_code_of(number):
    return int(re.search(r"ExitCode=(\d+)", command("scontrol", "show", "job", number)).group(1))


def waited_for(number, *states, seconds=LIMIT):
    """The state in which a job ends, or the one that is waited for."""
    ends = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", *states}
    until = time.monotonic() + seconds
    while (state := state_of(number)) not in ends:
        told = command("scontrol", "show", "job", number)
        assert time.monotonic() < until, f"not over after {seconds} s: {told}"
        time.sleep(0.2)
    return state


def slow_job(folder, seconds=0.0, **more):
    """A job file in a folder, whose fits sleep so long."""
    table().to_csv(folder / "study.csv", index=False)
    slow = {"class": "tests.cli.slow_models.SlowRidge", "parameters": {"seconds": seconds}}
    job = {**JOB, **more, "data": {**JOB["data"], "exclude": ["weight", "town"]}}
    job["models"] = {**JOB["models"], "nuisance": slow, "treatment": slow}
    path = folder / "job.yaml"
    path.write_text(yaml.safe_dump(job), encoding="utf-8")
    return path


def held_job(folder, seconds):
    """A slow job that is not done before it is let go: its last four fits wait for that."""
    path = slow_job(folder, seconds)
    job = yaml.safe_load(path.read_text(encoding="utf-8"))
    held = {"class": "tests.cli.slow_models.HeldRidge", "parameters": {"until": str(folder / "go")}}
    job["models"]["treatment"] = held
    path.write_text(yaml.safe_dump(job), encoding="utf-8")
    return path


def let_go(path):
    (path.parent / "go").touch()


def submitted(path, *options):
    """The number of the job that causal-dask slurm submits."""
    result = called("slurm", path, "--submit", *options)
    assert result.exit_code == 0, result.output
    return re.search(r"Submitted batch job (\d+)", result.output).group(1)


def stored(path):
    return len(list((path.parent / "store").rglob("*.result")))


def waited_until(is_so, seconds=LIMIT):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"not so after {seconds} s"
        time.sleep(0.1)


def waited_for_results(path, number):
    """Until the store has so many."""
    waited_until(lambda: stored(path) >= number)


def effects(path):
    return (path.parent / "results" / "cate.parquet").read_bytes()


def tasks(path):
    """How often each kind of task ran in the last start of a job."""
    return pd.read_parquet(path.parent / "results" / "timings.parquet")["task"].value_counts()


def log_of(path):
    """What the batch scripts have written."""
    return "\n".join(log.read_text() for log in sorted(path.parent.glob("*.log")))
