"""The examples of the docs, on a real Slurm: they end with the number that they predict."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from causal_dask.datasets import load_nhefs
from tests.cli.study import called
from tests.slurm.queue import command, log_of, submitted, waited_for

EXAMPLES = Path(__file__).parents[2] / "examples" / "hpc"
EFFECT = "3.32 kg (2.26 to 4.39)"


def ran(words, folder):
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True, text=True, check=False, timeout=150, cwd=folder,
        env={**os.environ, "INTERFACE": "lo"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_client_on_the_login_node(slurm, tmp_path):
    assert EFFECT in ran([sys.executable, EXAMPLES / "login_node.py"], tmp_path)
    command("scancel", "--user=root")


def test_ranks_of_mpirun(tmp_path):
    if shutil.which("mpirun") is None:
        pytest.skip("Open MPI is not installed: apt-get install openmpi-bin")
    start = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "4", sys.executable]
    assert EFFECT in ran([*start, EXAMPLES / "with_mpi.py"], tmp_path)


def test_one_batch_job(slurm, tmp_path):
    study = load_nhefs()
    study.X.assign(quit=study.w, gain=study.y).to_csv(tmp_path / "smokers.csv", index=False)
    path = Path(shutil.copy(EXAMPLES / "job.yaml", tmp_path))
    number = submitted(path, "--nodes", "2", "--memory-per-cpu", "900M", "--time", "5")
    assert waited_for(number) == "COMPLETED", log_of(path)
    assert "DR, 1 against 0: 3.321 (95 %: 2.256 to 4.386)" in log_of(path)
    assert called("run", path, "--unless-done").exit_code == 0
    assert not list(tmp_path.glob(".job-*.json"))
