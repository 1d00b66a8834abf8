"""A study file, from the first line to the report."""

import os
import pickle
import signal
import subprocess
import sys
import time

import cloudpickle
import numpy as np
import pandas as pd
import pytest
import yaml

from causal_dask.jobs.studies.study_file import read_study, study_of
from tests.cli.study import LINEAR, called

STUDY = {
    "generate": "draws.generate",
    "design": {"n_rows": [80, 160]},
    "learners": ["T", {"kind": "DR", "name": "doubly"}],
    "models": LINEAR,
    "folds": 2,
    "measures": ["rmse", "draws.spread"],
    "replications": 3,
    "seed": 4,
}

DRAWS = """
from causal_dask.datasets import make_study

def generate(setting, rng):
    return make_study(setting["n_rows"], random_state=rng)

def spread(learner, data):
    return learner.predict(data.X).std()
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "draws.py").write_text(DRAWS)
    return tmp_path


def written(folder, **changed):
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({**STUDY, **changed}))
    return path


def test_a_first_file_can_be_checked_as_it_is(tmp_path):
    path = tmp_path / "first.yaml"
    assert called("study", "init", path).exit_code == 0
    assert "something already" in called("study", "init", path).output
    text = path.read_text().replace("[A, B, C, D]", "[B]").replace("[T, X, R, DR]", "[T]")
    path.write_text(text)
    done = called("study", "check", path)
    assert done.exit_code == 0, done.output
    assert "first.yaml can be run" in done.output


def test_a_run_writes_table_summary_and_report_and_repeats_nothing(folder):
    path = written(folder)
    done = called("study", "run", path, "--processes", 2)
    assert done.exit_code == 0, done.output
    output = folder / "results"
    table = pd.read_parquet(output / "table.parquet")
    assert len(table) == 2 * 3 * 2 * 2
    assert set(table["learner"]) == {"T", "doubly"}
    assert set(table["measure"]) == {"rmse", "draws.spread"}
    assert (table["error"] == "").all()
    summary = pd.read_csv(output / "summary.csv")
    assert {"mean", "mc_error", "n"} <= set(summary)
    page = (output / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "2 settings of data" in page
    times = {p: p.stat().st_mtime_ns for p in output.rglob("0*.json")}
    assert called("study", "resume", written(folder, replications=4)).exit_code == 0
    assert len(pd.read_parquet(output / "table.parquet")) == 2 * 4 * 2 * 2
    assert times == {p: p.stat().st_mtime_ns for p in times}


def stored(path):
    return {p: p.stat().st_mtime_ns for p in (path.parent / "results").rglob("0*.json")}


def killed(path, n_before, seconds):
    """Kill a run and its processes, some seconds after it has kept a replication more."""
    program = [sys.executable, "-m", "causal_dask", "study", "run", path]
    running = subprocess.Popen(program, start_new_session=True, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while len(stored(path)) <= n_before and running.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(seconds)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def test_a_study_that_is_killed_twice_resumes_to_the_same_and_repeats_nothing(folder):
    slow = {"class": "tests.cli.slow_models.SlowRidge", "parameters": {"seconds": 0.05}}
    path = written(folder, models={**LINEAR, "nuisance": slow}, replications=4)
    random = np.random.default_rng()
    for _ in range(2):
        before = stored(path)
        killed(path, len(before), random.uniform(0, 1))
        assert before.items() < stored(path).items()
    before = stored(path)
    assert called("study", "resume", path).exit_code == 0
    assert before.items() <= stored(path).items()
    resumed = [(folder / "results" / n).read_bytes() for n in ("table.parquet", "summary.csv")]
    (folder / "results").rename(folder / "resumed")
    assert called("study", "run", path).exit_code == 0
    whole = [(folder / "results" / n).read_bytes() for n in ("table.parquet", "summary.csv")]
    assert resumed == whole


def test_a_study_that_is_stopped_names_the_command_with_which_it_goes_on(folder):
    slow = {"class": "tests.cli.slow_models.SlowRidge", "parameters": {"seconds": 0.2}}
    path = written(folder, models={**LINEAR, "nuisance": slow}, replications=99)
    options = ["--part", "1/2", "--processes", "1"]
    program = [sys.executable, "-m", "causal_dask", "study", "run", str(path), *options]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as running:
        while not stored(path):
            assert running.poll() is None
            time.sleep(0.05)
        running.terminate()
        told = running.communicate()[1]
    assert f"To go on: causal-dask study run {path} --part 1/2 --processes 1" in told


LOADS = """
import pickle, sys
import numpy as np
generate = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(pickle.dumps(generate({"n_rows": 3}, np.random.default_rng(0))[0]))
"""


def test_a_file_travels_with_what_it_imports_from_files_beside_it(folder):
    (folder / "law_of_draws.py").write_text("SPREAD = 2.0\ndef spread():\n    return SPREAD\n")
    (folder / "draws_of_law.py").write_text(
        "from law_of_draws import spread\n\ndef generate(setting, rng):\n"
        "    return rng.normal(0, spread(), (setting['n_rows'], 1)), 1, 1, 1\n"
    )
    path = written(folder, generate="draws_of_law.generate", measures=["rmse"])
    study = study_of(read_study(path))
    assert len(study._works) == 2
    sent, elsewhere = cloudpickle.dumps(study.generate), [sys.executable, "-c", LOADS]
    done = subprocess.run(elsewhere, input=sent, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = study.generate({"n_rows": 3}, np.random.default_rng(0))[0]
    np.testing.assert_array_equal(pickle.loads(done.stdout), expected)


def test_parts_and_a_report_of_what_has_run_so_far(folder):
    path = written(folder)
    assert called("study", "run", path, "--part", "1/2").exit_code == 0
    done = called("study", "report", path)
    assert "12 measures. The report: " in done.output
    assert called("study", "run", path, "--part", "2/2").exit_code == 0
    assert "24 measures" in called("study", "report", path).output
    assert "must be a part such as 2/10" in called("study", "run", path, "--part", "3/2").output


def test_failures_are_in_the_report(folder):
    broken = DRAWS.replace("return learner", "raise ValueError('no spread')\n    return learner")
    (folder / "draws.py").write_text(broken.replace("draws", "broken"))
    (folder / "broken.py").write_text(broken)
    path = written(folder, generate="broken.generate", measures=["rmse", "broken.spread"])
    assert called("study", "run", path).exit_code == 0
    page = (folder / "results" / "report.html").read_text()
    assert "12 of them failed" in page
    assert "ValueError: no spread" in page
    assert "failed: ValueError: no spread" in called("study", "check", path).output


def test_a_plan_predicts_core_hours(folder):
    done = called("study", "plan", written(folder), "--trials", 1)
    assert "2 settings of 3 replications, 6 in all: about " in done.output


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"generate": "draws.missing"}, "generate: 'draws.missing' cannot be imported"),
        ({"measures": ["pehe"]}, "measures[0]: 'pehe' cannot be imported"),
        ({"design": {"n_rows": []}}, "design: this has no value for 'n_rows'"),
        ({"learners": ["Q"]}, "learners[0]: must be"),
        ({"learners": ["T", "T"]}, "two of 'learners' are called 'T'"),
        ({"models": None}, "'models' is missing"),
        ({"replication": 3}, "replication: there is no such key. Did you mean 'replications'?"),
        ({"seed": "x"}, "seed: must be"),
        ({"run": {"retries": 2}}, "a study has no 'retries'"),
        ({"run": "moon"}, "run.where: must be one of"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(folder, changed, told):
    done = called("study", "check", written(folder, **changed))
    assert done.exit_code == 3
    assert told in done.output


def test_a_missing_file_names_the_command_that_writes_one(tmp_path):
    done = called("study", "run", tmp_path / "none.yaml")
    assert done.exit_code == 3
    assert "'causal-dask study init' writes one" in done.output


def test_batch_scripts_for_one_job_and_for_an_array(folder):
    path = written(folder)
    assert called("study", "slurm", path).exit_code == 0
    one = path.with_suffix(".sbatch").read_text()
    assert "-m causal_dask study run study.yaml" in one
    assert "distributed.cli.dask_scheduler" in one
    script = folder / "array.sbatch"
    assert called("study", "slurm", path, "--array", 7, "--script", script).exit_code == 0
    array = script.read_text()
    assert "#SBATCH --array=1-7" in array
    refused = called("study", "slurm", path, "--array", 7, "--nodes", 2)
    assert "--nodes and --workers-per-node are not for an --array" in refused.output
    assert '--part "$SLURM_ARRAY_TASK_ID/7"' in array


def test_a_study_that_has_not_run_has_no_report(folder):
    done = called("study", "report", written(folder))
    assert done.exit_code == 3, done.output
    assert "nothing has run so far" in done.output
    assert not list(folder.rglob("*.html"))
