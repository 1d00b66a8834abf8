"""The memory that a worker needs at its peak, predicted from guesses at that of single fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dask.sizeof import sizeof

from causal_dask.graph.node import Data, Source
from causal_dask.graph.note import NO_NOTE, Notes
from causal_dask.plans.priorities import Waits
from causal_dask.plans.simulate import simulate

PROGRAM = 250e6
"""Bytes of a process that has imported what fits need."""


def sizes(keys: Iterable[str], notes: Notes) -> dict[str, float]:
    """The bytes that tasks take at their peaks, of those that take any."""
    works = {key: notes.get(key, NO_NOTE).work for key in keys}
    return {key: work.size for key, work in works.items() if work is not None and work.size}


def size_of_data(nodes: Mapping[str, Source]) -> float:
    """The bytes of the data that a plan reads, where they are in memory."""
    return float(sum(sizeof(each.value) for each in nodes.values() if isinstance(each, Data)))


def peak(waits: Waits, costs: Mapping[str, float], taken: Mapping[str, float], n: int) -> float:
    """The most bytes that the tasks of ``n`` threads take at once, in a simulation."""
    slots = [slot for slot in simulate(waits, costs, n) if slot.key in taken]
    changes = [(slot.start, taken[slot.key]) for slot in slots]
    changes += [(slot.end, -taken[slot.key]) for slot in slots]
    most = now = 0.0
    for _, change in sorted(changes):  # at one moment, what ends comes before what starts
        now += change
        most = max(most, now)
    return most
