"""How long a graph takes on some number of workers, if tasks take the seconds expected of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from causal_dask.plans.priorities import Waits, path_lengths

ENOUGH = 1.05
"""More workers do not help once the time is within this of what any number of them would take."""


class Slot(NamedTuple):
    """When a task ran in a simulation."""

    key: str
    start: float
    end: float


def simulate(waits: Waits, costs: Mapping[str, float], n_workers: int) -> list[Slot]:
    """Run the tasks in a simulation, longest path to the end first (Graham 1969: list schedule)."""
    lengths = path_lengths(waits, costs)
    readers: dict[str, list[str]] = {key: [] for key in waits}
    missing = {key: len(set(earlier)) for key, earlier in waits.items()}
    for key, earlier in waits.items():
        for each in set(earlier):
            readers[each].append(key)
    ready = [(-lengths[key], key) for key in waits if not missing[key]]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    slots: list[Slot] = []
    now = 0.0
    # start tasks while workers are free, then let time go on to the end of the next task
    while ready or running:
        while ready and len(running) < n_workers:
            _, key = heapq.heappop(ready)
            heapq.heappush(running, (now + costs[key], key))
            slots.append(Slot(key, now, now + costs[key]))
        now, done = heapq.heappop(running)
        for reader in readers[done]:
            missing[reader] -= 1
            if not missing[reader]:
                heapq.heappush(ready, (-lengths[reader], reader))
    return slots


def makespan(waits: Waits, costs: Mapping[str, float], n_workers: int) -> float:
    """The seconds until the last task has ended."""
    return max((slot.end for slot in simulate(waits, costs, n_workers)), default=0.0)


def width(waits: Waits, costs: Mapping[str, float], of: set[str]) -> int:
    """How many of some tasks would run at once if there were workers for all."""
    slots = [slot for slot in simulate(waits, costs, max(len(waits), 1)) if slot.key in of]
    starts, ends = sorted(slot.start for slot in slots), sorted(slot.end for slot in slots)
    most = at_once = n_ended = 0
    for start in starts:
        while n_ended < len(ends) and ends[n_ended] <= start:
            n_ended, at_once = n_ended + 1, at_once - 1
        at_once += 1
        most = max(most, at_once)
    return most


def powers_of_two(up_to: int) -> Iterator[int]:
    """1, 2, 4 and so on, up to the first that is not below ``up_to``."""
    n_workers = 1
    while n_workers < up_to:
        yield n_workers
        n_workers *= 2
    yield n_workers


def enough_workers(waits: Waits, costs: Mapping[str, float], most: int) -> int:
    """The number of workers beyond which more hardly help; at most ``most`` can work at once."""
    goal = ENOUGH * makespan(waits, costs, max(most, 1))
    low, high = 1, max(most, 1)
    while low < high:
        middle = (low + high) // 2
        if makespan(waits, costs, middle) <= goal:
            high = middle
        else:
            low = middle + 1
    return low
