"""Dask's threaded scheduler, told what to run first."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import dask.threaded
from dask.callbacks import local_callbacks

Callbacks = tuple[Any, Any, Any, Any, Any]
"""What Dask's local schedulers call: at the start, with their state, before and after each task, at
the end.
"""


class Ready:
    """The tasks that can run now, in place of the list that Dask's local schedulers keep."""

    def __init__(self, keys: Iterable[Hashable], priorities: Mapping[Hashable, float]) -> None:
        self.priorities = priorities
        self.n_added = 0
        self.heap: list[tuple[float, int, Hashable]] = []
        for key in keys:
            self.append(key)

    def append(self, key: Hashable) -> None:
        """Add a task. Among equals the last one added goes first, as in Dask's list."""
        self.n_added += 1
        urgency = self.priorities.get(key, float("inf"))
        heapq.heappush(self.heap, (-urgency, -self.n_added, key))

    def pop(self) -> Hashable:
        """Take the most urgent task."""
        return heapq.heappop(self.heap)[-1]

    def __len__(self) -> int:
        return len(self.heap)


def get_in_order(
    graph: Mapping[Any, Any],
    keys: Sequence[Any],
    priorities: Mapping[Hashable, float],
    callbacks: Sequence[Callbacks] = (),
) -> Any:
    """What ``dask.threaded.get`` gives, whose ready tasks run in the order of their priorities."""

    def install(graph: object, state: dict[str, Any]) -> None:
        del graph
        state["ready"] = Ready(state["ready"], priorities)

    with local_callbacks(None) as active:
        called = [*active, *callbacks, (None, install, None, None, None)]
        return dask.threaded.get(graph, keys, callbacks=called)
