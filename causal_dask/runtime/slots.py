"""How many threads a task can have where it runs, and all tasks together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask
from dask.base import get_scheduler
from dask.local import get_sync
from dask.system import CPU_COUNT
from distributed import Client, get_worker


def granted(threads: int) -> int:
    """As many threads as were asked for, if there are so many here; -1 asks for all."""
    if threads == 1:
        return 1
    here = slots_here()
    return here if threads < 1 else min(threads, here)


def slots_here() -> int:
    """The threads of this worker, or of the scheduler in this process."""
    try:
        return int(get_worker().state.nthreads)
    except ValueError:
        return _of_this_machine()


def slots_of_a_worker(schedule: Callable[..., Any]) -> int:
    """The threads that a task can have at most: of the smallest worker, or of this machine."""
    if is_a_cluster(schedule):
        return min(_nthreads(schedule), default=1)
    return _of_this_machine()


def slots_in_use() -> int:
    """The threads of the scheduler that Dask would use, of all its workers."""
    schedule = get_scheduler()
    if schedule is not None and is_a_cluster(schedule):
        return sum(_nthreads(schedule)) or 1
    return 1 if schedule is get_sync else _of_this_machine()


def is_a_cluster(schedule: Any) -> bool:
    """Whether what Dask would run on is a cluster's client, which knows its futures."""
    return isinstance(getattr(schedule, "__self__", None), Client)


def _nthreads(schedule: Callable[..., Any]) -> list[int]:
    client: Client = schedule.__self__  # type: ignore[attr-defined]
    return list(client.nthreads().values())


def _of_this_machine() -> int:
    return int(dask.config.get("num_workers", None) or CPU_COUNT)
