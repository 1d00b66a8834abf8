"""A long job on a real Slurm that is stopped before its wall time, again and again."""

from tests.slurm.queue import effects, log_of, slow_job, submitted, tasks, waited_for

PATIENCE = 400
"""Seconds: on a busy machine a start may take longer than what is left of its minute."""


def test_a_job_that_outlives_its_wall_time_twice_goes_on_by_itself(slurm, tmp_path, undisturbed):
    path = slow_job(tmp_path, 2.5)
    options = ("--time", "1", "--stop-before", "40", "--requeue", "--memory-per-cpu", "900M")
    number = submitted(path, *options)
    assert waited_for(number, seconds=PATIENCE) == "COMPLETED", log_of(path)
    assert log_of(path).count("Stopped by SIGUSR1") >= 2
    assert effects(path) == undisturbed
    assert tasks(path)["fit"] + tasks(path)["load"] == 16
