"""How long a graph takes on some number of workers, if tasks take the seconds expected of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from causal_dask.plans.priorities import Waits, path_lengths

ENOUGH = 1.05
"""More workers do not help once the time is within this of what any number of them would take."""


NONE_WIDE: Mapping[str, int] = {}
"""Every task needs one worker."""


class Slot(NamedTuple):
    """When a task ran in a simulation."""

    key: str
    start: float
    end: float


class Schedule:
    """A graph of tasks that is simulated again and again, with other costs or workers."""

    def __init__(self, waits: Waits) -> None:
        self.waits = {key: tuple(dict.fromkeys(earlier)) for key, earlier in waits.items()}
        self.readers: dict[str, list[str]] = {key: [] for key in waits}
        for key, earlier in self.waits.items():
            for each in earlier:
                self.readers[each].append(key)
        self.missing = {key: len(earlier) for key, earlier in self.waits.items()}

    def run(
        self, costs: Mapping[str, float], n_workers: int, widths: Mapping[str, int] = NONE_WIDE,
        started: list[Slot] | None = None,
    ) -> float:  # fmt: skip
        """The seconds until all tasks have ended, longest path first (Graham 1969: list schedule).

        ``widths`` says how many workers a task needs at once, if not one; while they are not free,
        shorter paths that need fewer go first. Each task is added to ``started``.
        """
        lengths = path_lengths(self.waits, costs)
        missing, readers = dict(self.missing), self.readers
        ready = [(-lengths[key], key) for key, n in missing.items() if not n]
        heapq.heapify(ready)
        running: list[tuple[float, str]] = []
        now, free = 0.0, n_workers
        # start tasks while workers are free, then let time go on to the end of the next task
        while ready or running:
            too_wide = []
            while ready and free:
                urgency, key = heapq.heappop(ready)
                wide = widths.get(key, 1)
                if wide > free:
                    too_wide.append((urgency, key))
                    continue
                free -= wide
                heapq.heappush(running, (now + costs[key], key))
                if started is not None:
                    started.append(Slot(key, now, now + costs[key]))
            for each in too_wide:
                heapq.heappush(ready, each)
            now, done = heapq.heappop(running)
            free += widths.get(done, 1)
            for reader in readers[done]:
                missing[reader] -= 1
                if not missing[reader]:
                    heapq.heappush(ready, (-lengths[reader], reader))
        return now


def simulate(waits: Waits, costs: Mapping[str, float], n_workers: int) -> list[Slot]:
    """When each task runs in a simulation, in the order of their starts."""
    slots: list[Slot] = []
    Schedule(waits).run(costs, n_workers, started=slots)
    return slots


def makespan(waits: Waits, costs: Mapping[str, float], n_workers: int) -> float:
    """The seconds until the last task has ended."""
    return Schedule(waits).run(costs, n_workers)


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
