"""A study on a real Slurm: as one job with steps, as an array, and cut short."""

import re
import time

import pandas as pd
import yaml

from tests.cli.study import LINEAR, called
from tests.slurm.queue import command, log_of, waited_for
from tests.slurm.test_workers_that_are_jobs import OPTIONS, QUICK

STUDY = {
    "generate": "draws.generate",
    "design": {"n_rows": [100]},
    "learners": ["T", "DR"],
    "models": LINEAR,
    "folds": 2,
    "replications": 12,
    "seed": 4,
}

DRAWS = """
import time
from causal_dask.datasets import make_study

def generate(setting, rng):
    time.sleep(0.3)
    return make_study(setting["n_rows"], random_state=rng)
"""


def written(folder):
    folder.mkdir()
    (folder / "draws.py").write_text(DRAWS)
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY))
    return folder / "study.yaml"


def submitted(path, *options):
    done = called("study", "slurm", path, "--submit", "--time", "5", *options)
    assert done.exit_code == 0, done.output
    return re.search(r"Submitted batch job (\d+)", done.output).group(1)


def kept(path):
    return sorted((path.parent / "results" / "replications").rglob("*.json"))


def test_one_job_an_array_and_no_slurm_give_the_same_table(slurm, tmp_path):
    here, job, array = (written(tmp_path / name) for name in ("here", "job", "array"))
    assert called("study", "run", here, "--processes", 2).exit_code == 0
    assert waited_for(submitted(job, "--workers-per-node", 2)) == "COMPLETED", log_of(job)
    number = submitted(array, "--array", 3)
    until = time.monotonic() + 120
    while command("squeue", "-h", "-j", number).strip() and time.monotonic() < until:
        time.sleep(0.5)
    tables = [(path.parent / "results" / "table.parquet").read_bytes() for path in (here, job)]
    assert tables[0] == tables[1]
    assert called("study", "report", array).exit_code == 0
    assert (array.parent / "results" / "table.parquet").read_bytes() == tables[0]
    assert len(pd.read_parquet(array.parent / "results" / "table.parquet")) == 12 * 2 * 2


def test_workers_that_are_jobs_give_the_same_table(slurm, tmp_path):
    here, jobs = (written(tmp_path / name) for name in ("here", "jobs"))
    assert called("study", "run", here, "--processes", 2).exit_code == 0
    options = {**OPTIONS, "local_directory": str(tmp_path), "log_directory": str(tmp_path)}
    run = {"where": "slurm", "jobs": 2, "options": options, "config": QUICK}
    jobs.write_text(yaml.safe_dump({**STUDY, "run": run}))
    done = called("study", "run", jobs)
    assert done.exit_code == 0, done.output
    command("scancel", "--user=root")
    tables = [(path.parent / "results" / "table.parquet").read_bytes() for path in (here, jobs)]
    assert tables[0] == tables[1]


def test_a_cancelled_study_goes_on_with_what_is_missing(slurm, tmp_path):
    path = written(tmp_path / "cancelled")
    number = submitted(path)
    until = time.monotonic() + 120
    while len(kept(path)) < 3 and time.monotonic() < until:
        time.sleep(0.1)
    command("scancel", number)
    waited_for(number)
    before = {each: each.stat().st_mtime_ns for each in kept(path)}
    assert 3 <= len(before) < 12
    assert waited_for(submitted(path)) == "COMPLETED", log_of(path)
    assert len(kept(path)) == 12
    assert before == {each: each.stat().st_mtime_ns for each in before}
