"""Where a job runs: from a section of its file to a place that is open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.jobs.reading import JobFile
from causal_dask.jobs.schema import Address, Local, Mpi, Queue, SchedulerFile
from causal_dask.runtime import clusters

Place = AbstractContextManager[None]


def place_of(file: JobFile) -> Place:
    """The place that a job's file names, not open yet."""
    run = file.job.run
    return OPENERS[type(run)](file, run)


def invalid_options(file: JobFile, error: InvalidInput) -> InvalidInput:
    """The error that the options of a place are wrong, with the line they are on."""
    return file.wrong(("run", "options"), str(error))


def _local(_: JobFile, run: Local) -> Place:
    if run.workers is None:
        return clusters.threads_here(run.threads)
    return clusters.processes_here(run.workers, run.threads)


def _address(_: JobFile, run: Address) -> Place:
    return clusters.scheduler_at(address=run.address)


def _scheduler_file(file: JobFile, run: SchedulerFile) -> Place:
    return clusters.scheduler_at(scheduler_file=str(file.located(run.scheduler_file)))


def _queue(_: JobFile, run: Queue) -> Place:
    adapt = None if run.adapt is None else (run.adapt.minimum, run.adapt.maximum)
    return clusters.queue(run.where, run.options, run.jobs, adapt)


def _mpi(_: JobFile, run: Mpi) -> Place:
    return clusters.ranks(run.options)


OPENERS: dict[type[Any], Callable[[JobFile, Any], Place]] = {
    Local: _local,
    Address: _address,
    SchedulerFile: _scheduler_file,
    Queue: _queue,
    Mpi: _mpi,
}
