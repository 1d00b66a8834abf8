"""The cluster that the ``run`` section of a job file asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from causal_dask.errors import InvalidData, InvalidInput, InvalidJob
from causal_dask.jobs.job_file.read import YamlFile
from causal_dask.jobs.job_file.run_section import Address, Local, Mpi, Queue, SchedulerFile
from causal_dask.runtime.clusters import connect

Cluster = AbstractContextManager[None]
"""A cluster, or threads of this process: Dask's default while it is open."""


def open_cluster(stack: ExitStack, file: YamlFile[Any]) -> None:
    """Open the cluster of a job until the stack is closed."""
    run = file.contents.run
    try:
        stack.enter_context(CLUSTERS[type(run)](file, run))
    except (InvalidJob, InvalidData):
        raise
    except InvalidInput as error:  # options that dask-jobqueue or dask-mpi refuses
        raise file.wrong(("run", "options"), str(error)) from error


def _local(_: YamlFile[Any], run: Local) -> Cluster:
    if run.workers is None:
        return connect.threads_here(run.threads)
    return connect.processes_here(run.workers, run.threads)


def _address(_: YamlFile[Any], run: Address) -> Cluster:
    return connect.scheduler_at(address=run.address)


def _scheduler_file(file: YamlFile[Any], run: SchedulerFile) -> Cluster:
    return connect.scheduler_at(scheduler_file=str(file.resolve(run.scheduler_file)))


def _queue(_: YamlFile[Any], run: Queue) -> Cluster:
    adapt = None if run.adapt is None else (run.adapt.minimum, run.adapt.maximum)
    return connect.queue(run.where, run.options, run.jobs, adapt)


def _mpi(_: YamlFile[Any], run: Mpi) -> Cluster:
    return connect.ranks(run.options)


CLUSTERS: dict[type[Any], Callable[[YamlFile[Any], Any], Cluster]] = {
    Local: _local,
    Address: _address,
    SchedulerFile: _scheduler_file,
    Queue: _queue,
    Mpi: _mpi,
}
"""How the cluster of each kind of ``run`` section is opened."""
