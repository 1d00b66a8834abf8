"""Jobs on a real Slurm, by the script that causal-dask writes; cut short in all the usual ways."""

import subprocess

from tests.cli.study import called
from tests.slurm.queue import (
    command,
    effects,
    exit_code_of,
    held_job,
    let_go,
    log_of,
    slow_job,
    stored,
    submitted,
    tasks,
    waited_for,
    waited_for_results,
)

SMALL = ("--memory-per-cpu", "900M", "--time", "5")


def made(folder, seconds):
    """The job, whose seconds are no matter of what is estimated but of what is stored."""
    return slow_job(folder, seconds)


def test_a_cancelled_job_is_submitted_again_and_runs_what_is_missing(slurm, tmp_path, undisturbed):
    path = held_job(tmp_path, 0.5)
    number = submitted(path, *SMALL)
    waited_for_results(path, 4)
    command("scancel", number)
    waited_for(number)
    kept = stored(path)
    assert not (tmp_path / "results").exists()
    let_go(path)
    assert waited_for(submitted(path, *SMALL)) == "COMPLETED", log_of(path)
    assert tasks(path)["load"] == kept
    assert effects(path) == undisturbed


def back_again(node):
    """A node that is down is resumed, unless it has come back by itself."""
    words = ["scontrol", "update", f"nodename={node}", "state=resume"]
    subprocess.run(words, check=False, capture_output=True, timeout=60)


def test_a_job_goes_on_when_its_node_goes_down(slurm, tmp_path, undisturbed):
    path = held_job(tmp_path, 0.5)
    number = submitted(path, "--requeue", *SMALL)
    waited_for_results(path, 4)
    node = command("squeue", "-h", "-j", number, "-o", "%N").strip()
    command("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    assert waited_for(number, "PENDING") == "PENDING"
    back_again(node)
    let_go(path)
    assert waited_for(number) == "COMPLETED", log_of(path)
    assert effects(path) == undisturbed
    assert tasks(path)["load"] >= 4


def test_a_failed_model_ends_the_job_with_its_code(slurm, tmp_path):
    path = made(tmp_path, -1.0)  # time.sleep raises
    number = submitted(path, *SMALL)
    assert waited_for(number) == "FAILED"
    assert exit_code_of(number) == 5
    assert "DR-learner, variant_outcome_model" in log_of(path)


def test_a_mistake_is_found_before_anything_is_submitted(slurm, tmp_path):
    path = slow_job(tmp_path, seed=None)
    result = called("slurm", path, "--submit")
    assert result.exit_code == 3
    assert not list(tmp_path.glob("*.sbatch"))


def test_what_sbatch_refuses_is_told(slurm, tmp_path):
    result = called("slurm", made(tmp_path, 0.0), "--submit", "--partition", "nowhere")
    assert result.exit_code == 6
    assert "nowhere" in result.output or "partition" in result.output


def test_the_script_is_a_script(slurm, tmp_path):
    path = made(tmp_path, 0.0)
    assert called("slurm", path, "--sbatch", "--account=x", "--requeue").exit_code == 0
    script = path.with_suffix(".sbatch")
    subprocess.run(["/bin/bash", "-n", script], check=True)
    assert "#SBATCH --account=x" in script.read_text()
