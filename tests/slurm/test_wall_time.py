"""A long job on a real Slurm that is stopped before its wall time, again and again."""

from tests.slurm.queue import (
    effects,
    held_job,
    let_go,
    log_of,
    submitted,
    tasks,
    waited_for,
    waited_until,
)

PATIENCE = 400
"""Seconds: on a busy machine a start may need most of the time that it has."""

OPTIONS = ("--time", "2", "--stop-before", "60", "--requeue", "--memory-per-cpu", "900M")
"""Slurm looks every 30 s and tells a job up to 30 s too early: a start has 30 to 60 s."""


def stops(path):
    return log_of(path).count("Stopped by SIGUSR1")


def test_a_job_that_outlives_its_wall_time_twice_goes_on_by_itself(slurm, tmp_path, undisturbed):
    path = held_job(tmp_path, 1.0)
    number = submitted(path, *OPTIONS)
    waited_until(lambda: stops(path) >= 2, PATIENCE)
    let_go(path)
    assert waited_for(number, seconds=PATIENCE) == "COMPLETED", log_of(path)
    assert effects(path) == undisturbed
    assert tasks(path)["fit"] + tasks(path)["load"] == 16
