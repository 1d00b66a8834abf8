"""Context managers that start or connect to a cluster, which Dask then uses by default."""

from __future__ import annotations

import gc
import importlib.util
import logging
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dask
from dask.utils import parse_timedelta

from causal_dask.errors import InvalidInput, MissingExtra, Unreachable

QUEUES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "lsf": "LSFCluster",
    "sge": "SGECluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
    "htcondor": "HTCondorCluster",
}
"""The classes of dask-jobqueue, by the names of the batch systems."""


CONNECTING = "distributed.comm.timeouts.connect"
"""Dask's setting for how long to wait for a scheduler's answer."""


@contextmanager
def settings(config: Mapping[str, Any]) -> Iterator[None]:
    """Set some of Dask's settings within a block."""
    with dask.config.set(dict(config)):
        yield


@contextmanager
def threads_here(number: int | None) -> Iterator[None]:
    """Use threads of this process: this number, or as many as Dask chooses."""
    chosen: dict[str, Any] = {"scheduler": "threads"}
    if number is not None:
        chosen["num_workers"] = number
    with dask.config.set(chosen):
        yield


@contextmanager
def processes_here(workers: int, threads: int | None) -> Iterator[None]:
    """Start worker processes on this machine."""
    from distributed import Client, LocalCluster  # noqa: PLC0415 - slow, and not always needed

    quiet = {"dashboard_address": ":0", "silence_logs": logging.ERROR}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=threads or 1, **quiet) as cluster,
        Client(cluster),
    ):
        yield


@contextmanager
def scheduler_at(address: str | None = None, scheduler_file: str | None = None) -> Iterator[None]:
    """Connect to a scheduler that is already running."""
    from distributed import Client  # noqa: PLC0415 - slow, and not always needed

    named = {"address": address} if address else {"scheduler_file": scheduler_file}
    limit = float(parse_timedelta(dask.config.get(CONNECTING)))
    try:
        if scheduler_file is not None:
            _wait_for(Path(scheduler_file), limit)  # Dask itself would wait forever
        client = Client(timeout=limit, **named)
    except (OSError, TimeoutError, ValueError, KeyError) as error:
        raise Unreachable(
            f"There is no scheduler at {address or scheduler_file} that answers within "
            f"{limit:g} s ({error}). Check that it is running and can be reached from here."
        ) from error
    with client:
        yield


@contextmanager
def queue(
    kind: str, options: Mapping[str, Any], jobs: int | None, adapt: tuple[int, int] | None
) -> Iterator[None]:
    """Start workers as jobs of a batch system: a fixed number, or as many as the work needs."""
    from distributed import Client  # noqa: PLC0415 - slow, and not always needed

    cluster_class = getattr(_jobqueue(), QUEUES[kind])
    # TLS with certificates of this cluster alone, unless the options say otherwise
    secure = {"security": True, "shared_temp_directory": str(Path.cwd())}
    try:
        cluster = cluster_class(**{**secure, **options})
    except ImportError as error:
        raise MissingExtra.named("cryptography", "jobqueue") from error
    except (TypeError, ValueError) as error:
        _forget(error)
        raise InvalidInput(f"dask_jobqueue.{QUEUES[kind]} does not take these: {error}") from error
    except OSError as error:
        raise Unreachable(f"The batch system {kind!r} cannot be used here: {error}") from error
    with cluster, Client(cluster):
        if adapt:
            cluster.adapt(minimum_jobs=adapt[0], maximum_jobs=adapt[1])
        else:
            cluster.scale(jobs=jobs)
        yield


@contextmanager
def ranks(options: Mapping[str, Any]) -> Iterator[None]:
    """Use the ranks of an MPI job: the first becomes the scheduler, the second goes on with the
    block, and the others are workers until it ends.
    """
    from distributed import Client  # noqa: PLC0415 - slow, and not always needed

    dask_mpi = _dask_mpi()
    try:
        goes_on = dask_mpi.initialize(exit=False, **{"dashboard": False, **options})
    except dask_mpi.WorldTooSmallException as error:
        raise Unreachable(
            "An MPI job needs three ranks or more: the scheduler, this program and a worker. Start "
            "it as: mpirun -n 4 causal-dask run job.yaml"
        ) from error
    except (ImportError, RuntimeError) as error:
        raise Unreachable(
            f"MPI cannot be used here: {error}. Install it, or load its module, and check "
            "that mpi4py finds it."
        ) from error
    except TypeError as error:
        raise InvalidInput(f"dask_mpi.initialize does not take these: {error}") from error
    if not goes_on:
        raise SystemExit(0)
    try:
        with Client():
            yield
    finally:
        dask_mpi.send_close_signal()


@contextmanager
def report_performance(path: str | None) -> Iterator[None]:
    """Write Dask's performance report of what runs on a cluster within the block to a file."""
    with ExitStack() as stack:
        if path is not None:
            if importlib.util.find_spec("bokeh") is None:
                raise MissingExtra.named("bokeh", "dashboard")
            from distributed import performance_report  # noqa: PLC0415 - slow

            stack.enter_context(performance_report(filename=path))
        yield


def _forget(error: Exception) -> None:
    """Delete a half-made cluster, which would otherwise warn later that nobody closed it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        traceback.clear_frames(error.__traceback__)
        gc.collect()


def _wait_for(file: Path, seconds: float) -> None:
    """Wait for the file of a scheduler that is starting."""
    until = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > until:
            raise TimeoutError("there is no such file")
        time.sleep(0.1)


def _jobqueue() -> Any:
    try:
        return importlib.import_module("dask_jobqueue")
    except ImportError as error:
        raise MissingExtra.named("dask-jobqueue", "jobqueue") from error


def _dask_mpi() -> Any:
    try:
        return importlib.import_module("dask_mpi")
    except ImportError as error:
        raise MissingExtra.named("dask-mpi", "mpi") from error
