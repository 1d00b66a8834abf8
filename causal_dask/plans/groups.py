"""Small tasks put together, as each costs a cluster more than it takes: about 2.6 ms.

A group runs tasks of one level, none of which waits for another of it, so that no groups can wait
for each other in a circle. The tasks, their keys and their results are as without groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

from causal_dask.keys.hashing import digest
from causal_dask.plans.dask_layer import group_of, reads_of
from causal_dask.plans.plan import Plan, priority_of

Reads = Mapping[Hashable, Collection[Hashable]]
"""What each task reads, by the keys that they run under."""


SMALL = 0.02
"""Seconds of the longest task of a plan that is put into groups."""

LENGTH = 0.2
"""Seconds that a group may take: long beside its costs, short beside a plan that needs groups."""

FOR_A_SLOT = 4
"""Groups of a level for each slot, so that all slots end at about the same time."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """A graph whose tasks are groups, and the group of each task."""

    graph: HighLevelGraph
    homes: Mapping[Hashable, str]


def in_groups(plan: Plan, n_slots: int) -> Grouped | None:
    """The plan's graph in groups for so many slots; None if tasks are few, long, or need places."""
    n_slots = max(n_slots, 1)  # a cluster whose workers have not come yet has none
    few = len(plan.waiting) <= FOR_A_SLOT * n_slots
    if few or plan.places or max(plan.seconds.values()) > SMALL:
        return None
    entries: dict[Any, Any] = dict(plan.__dask_graph__())
    tasks = {key: reads for key, entry in entries.items() if (reads := reads_of(entry)) is not None}
    seconds: dict[Any, float] = {plan.keys[key]: plan.seconds[key] for key in plan.waiting}
    groups = [*_groups(tasks, seconds, n_slots)]
    homes = {key: _name(group) for group in groups for key in group}
    kept = {*plan.__dask_keys__(), *_read_elsewhere(tasks, homes)}
    made = {homes[group[0]]: group_of(group, entries, homes, kept) for group in groups}
    urgency: dict[Any, float] = {
        homes[group[0]]: max(priority_of(plan.priorities, key) for key in group) for group in groups
    }
    rest = {key: entry for key, entry in entries.items() if key not in tasks}
    layer = MaterializedLayer(
        {**rest, **made}, annotations={"priority": partial(priority_of, urgency)}
    )
    name = f"groups-{plan.name}"
    return Grouped(HighLevelGraph({name: layer}, {name: set()}), homes)


def _groups(
    tasks: Reads, seconds: Mapping[Hashable, float], n_slots: int
) -> Iterator[list[Hashable]]:
    """The tasks of each level in groups, in their order."""
    levels: dict[int, list[Hashable]] = defaultdict(list)
    for key, level in _levels(tasks).items():
        levels[level].append(key)
    for keys in levels.values():
        total = sum(seconds.get(key, 0.0) for key in keys)
        n_groups = max(round(total / LENGTH), min(len(keys), FOR_A_SLOT * n_slots))
        size = -(-len(keys) // n_groups)
        yield from (keys[start : start + size] for start in range(0, len(keys), size))


def _levels(tasks: Reads) -> dict[Hashable, int]:
    """How many tasks come before each at most, one after the other."""
    levels: dict[Hashable, int] = {}
    pending = list(tasks)[::-1]
    while pending:
        key = pending[-1]
        reads = [read for read in tasks[key] if read in tasks]
        missing = [read for read in reads if read not in levels]
        if missing:
            pending += missing
        else:
            pending.pop()
            levels[key] = 1 + max((levels[read] for read in reads), default=-1)
    return {key: levels[key] for key in tasks}


def _name(group: Sequence[Hashable]) -> str:
    return f"group-{digest(*map(str, group))}"


def _read_elsewhere(tasks: Reads, homes: Mapping[Hashable, str]) -> Iterator[Hashable]:
    """The tasks that tasks of other groups read."""
    for key, reads in tasks.items():
        yield from (read for read in reads if homes.get(read, homes[key]) != homes[key])
