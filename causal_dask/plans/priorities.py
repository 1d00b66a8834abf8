"""What to run first: the task with the longest path, in seconds, to the end of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

Waits = Mapping[str, tuple[str, ...]]
"""What each task waits for. Unless said otherwise, tasks come after what they wait for."""


def in_order(waits: Waits) -> dict[str, tuple[str, ...]]:
    """The same tasks, each after those that it waits for."""
    return {key: waits[key] for key in TopologicalSorter(waits).static_order()}


def path_lengths(waits: Waits, costs: Mapping[str, float]) -> dict[str, float]:
    """The seconds of the longest path from the start of each task to the end of the graph."""
    after = dict.fromkeys(waits, 0.0)
    lengths: dict[str, float] = {}
    for key in reversed(list(waits)):
        lengths[key] = length = costs[key] + after[key]
        for earlier in waits[key]:
            after[earlier] = max(after[earlier], length)
    return lengths


def critical_path(waits: Waits, costs: Mapping[str, float]) -> list[str]:
    """The tasks on a longest path through the graph, first to last."""
    lengths = path_lengths(waits, costs)
    readers: dict[str, list[str]] = {key: [] for key in waits}
    for key, earlier in waits.items():
        for each in earlier:
            readers[each].append(key)
    path: list[str] = []
    following: Iterable[str] = waits
    while following:
        path.append(max(following, key=lengths.__getitem__))
        following = readers[path[-1]]
    return path
