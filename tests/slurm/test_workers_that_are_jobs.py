"""A client on the login node whose workers are jobs of Slurm; and MPI."""

import ctypes
import subprocess
import sys

import pytest

from tests.cli.study import called
from tests.slurm.queue import (
    command,
    effects,
    log_of,
    slow_job,
    waited_for,
    waited_for_results,
)

OPTIONS = {
    "cores": 2,
    "processes": 1,
    "memory": "800MB",
    "walltime": "00:10:00",
    "interface": "lo",
    "scheduler_options": {"dashboard_address": ":0"},
}
QUICK = {"distributed.deploy.lost-worker-timeout": "1s"}


def queued(folder, seconds=0.0, **more):
    options = {**OPTIONS, "local_directory": str(folder), "log_directory": str(folder)}
    run = {"where": "slurm", "options": options, "config": QUICK, **more}
    return slow_job(folder, seconds, run=run)


@pytest.mark.parametrize("how", [{"jobs": 2}, {"adapt": {"minimum": 1, "maximum": 3}}])
def test_workers_are_submitted_and_end_with_the_run(slurm, how, tmp_path, undisturbed):
    path = queued(tmp_path, **how)
    result = called("run", path)
    assert result.exit_code == 0, result.output
    assert effects(path) == undisturbed
    command("scancel", "--user=root")


def test_a_run_survives_the_loss_of_its_workers(slurm, tmp_path, undisturbed):
    path = queued(tmp_path, 0.5, adapt={"minimum": 2, "maximum": 2})
    running = subprocess.Popen(
        [sys.executable, "-m", "causal_dask", "run", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    waited_for_results(path, 3)
    command("scancel", "--user=root")
    told, _ = running.communicate(timeout=120)
    assert running.returncode == 0, told
    assert effects(path) == undisturbed


def test_options_that_the_cluster_does_not_take_are_told(slurm, tmp_path):
    path = queued(tmp_path, jobs=1)
    path.write_text(path.read_text().replace("cores:", "coers:"))
    result = called("run", path)
    assert result.exit_code == 3, result.output
    assert "run.options" in result.output
    assert "coers" in result.output


def test_the_tasks_of_srun_are_scheduler_client_and_workers(slurm, tmp_path, undisturbed):
    try:
        ctypes.CDLL("libpmix.so")
    except OSError:
        pytest.skip("Slurm finds no PMIx here: apt-get install openmpi-bin libpmix-dev")
    path = slow_job(tmp_path, run={"where": "mpi"})
    script = tmp_path / "mpi.sbatch"
    script.write_text(
        "#!/bin/bash\n#SBATCH --ntasks=4 --mem-per-cpu=900M --output=mpi.log\n"
        f"srun --mpi=pmix {sys.executable} -m causal_dask run {path}\n"
    )
    number = command("sbatch", "--parsable", "--chdir", tmp_path, script).strip()
    assert waited_for(number) == "COMPLETED", log_of(path)
    assert effects(path) == undisturbed


def test_an_mpi_job_that_is_no_mpi_job_is_told(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "causal_dask", "run", slow_job(tmp_path, run={"where": "mpi"})],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 6, ended.stderr
    assert "mpirun -n 4 causal-dask run" in ended.stderr or "libmpi" in ended.stderr
