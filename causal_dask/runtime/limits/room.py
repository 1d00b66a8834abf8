"""Memory as a limit on what runs at once: fits start while their predicted peaks fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from heapq import nlargest
from typing import Any

import dask
import psutil
from dask.utils import format_bytes

from causal_dask.errors import InvalidInput, NotEnoughMemory
from causal_dask.plans.execution import Alteration
from causal_dask.plans.memory import PROGRAM, size_of_data, sizes
from causal_dask.plans.plan import Plan
from causal_dask.runtime.sizes import bytes_in
from causal_dask.runtime.task import Performer, perform
from causal_dask.runtime.threads import is_a_cluster, slots_of_a_worker

SETTING = "causal_dask.memory"
"""The setting of Dask that says how much memory a worker has, if not what its system says."""

USABLE = 0.8
"""Of a worker's memory: beyond it Dask starts no more tasks, as predictions err by a quarter."""

NO_CONCERN = 1e9
"""Bytes that every machine has: a plan for threads that needs no more is not looked at."""


def with_room(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """Let fits wait for memory, where those that could run at once may need more than there is.

    Raises
    ------
    NotEnoughMemory
        If a single fit, with program and data, needs more than a worker has.
    """
    setting = dask.config.get(SETTING, None)
    taken = sizes(plan.waiting, plan.notes)
    if setting is False or not taken:
        return plan
    before = PROGRAM + size_of_data(plan.nodes)
    offers = _offers(schedule, setting, before + sum(taken.values()))
    short = [
        limit
        for threads, limit in offers
        if before + sum(nlargest(threads, taken.values())) > USABLE * limit
    ]
    if not short:
        return plan
    _check_largest(plan, taken, before, max(limit for _, limit in offers))
    return _waiting_for_room(plan, taken, min(short))


def _offers(schedule: Any, setting: Any, most: float) -> list[tuple[int, float]]:
    """The threads and the memory of each worker that has a limit, or of this machine."""
    limit = None if setting is None or setting is True else _bytes_of(setting)
    if not is_a_cluster(schedule):
        if limit is None:
            limit = _of_this_machine() if most > NO_CONCERN else math.inf
        return [(slots_of_a_worker(schedule), limit)]
    workers = schedule.__self__.scheduler_info().get("workers", {}).values()
    found = [(each["nthreads"], limit or each.get("memory_limit")) for each in workers]
    return [(threads, float(bytes_)) for threads, bytes_ in found if bytes_]


def _check_largest(plan: Plan, taken: dict[str, float], before: float, limit: float) -> None:
    """Raise if the largest fit cannot be run, were it alone; predictions may be too high."""
    key = max(taken, key=taken.__getitem__)
    least = before + taken[key]
    if USABLE * least <= limit:
        return
    rows = plan.notes[key].work.rows  # type: ignore[union-attr] # what has a size has work
    raise NotEnoughMemory(
        f"A worker has {format_bytes(int(limit))} of memory. The largest fit "
        f"({plan.notes[key].label}, {rows:,} rows) needs about {format_bytes(int(least))} with "
        f"program and data. Give workers at least {format_bytes(int(least / USABLE))}, use fewer "
        f"columns or prepare='shared', or set Dask's setting {SETTING!r} to False to try anyway."
    )


def _waiting_for_room(plan: Plan, taken: dict[str, float], limit: float) -> Plan:
    """The plan whose fits wait until the memory that they need is free."""
    altered = dict(plan.execution.alterations)
    for key, size in taken.items():
        how = altered.get(key, Alteration())
        performer = how.perform or perform
        if isinstance(performer, Performer):
            needs = replace(performer, memory=int(size), limit=int(USABLE * limit))
            altered[key] = replace(how, perform=needs)
    return plan.altered(altered)


def _bytes_of(setting: Any) -> float:
    """The bytes that a setting says."""
    found = bytes_in(setting)
    if found is None or found <= 0:
        raise InvalidInput(
            f"Dask's setting {SETTING!r} must be a size such as '8 GB', or False for no limit. "
            f"Got {setting!r}."
        )
    return found


def _of_this_machine() -> float:
    """The memory that this process may take: of the machine, its container or its job."""
    from distributed.system import MEMORY_LIMIT  # noqa: PLC0415 - slow, and seldom needed

    return float(MEMORY_LIMIT or psutil.virtual_memory().total)
