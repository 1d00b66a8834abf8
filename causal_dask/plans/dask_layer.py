"""Nodes as the entries of a Dask graph; the only module that speaks Dask's task language."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from dask._task_spec import DataNode, GraphNode, List, Task, TaskRef
from dask.sizeof import sizeof
from dask.typing import Key

from causal_dask.graph.node import Data, Node, Read, Source
from causal_dask.graph.spread import Spread
from causal_dask.keys.hashing import digest
from causal_dask.plans.execution import Execution

SMALL_BYTES = 10_000
"""Bytes up to which data travels with tasks: about as much as a task's own message takes."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The nodes of a plan, the keys they run under, how, and what is known already."""

    nodes: Mapping[str, Source]
    keys: Mapping[str, str]
    execution: Execution
    known: Mapping[str, Any]

    def entries(self) -> dict[Key, Any]:
        """A value, a future or a task for each node, and the tasks that lanes need."""
        entries: dict[Key, Any] = {}
        for key, source in self.nodes.items():
            spread = self._spread(source)
            entries |= _parts(spread) if spread else {self.keys[key]: self._entry(source)}
        return entries | self._tokens()

    def _entry(self, source: Source) -> Any:
        key = self.keys[source.key]
        if source.key in self.known:
            value = self.known[source.key]
            return value if is_remote(value) else DataNode(key, value)
        if isinstance(source, Data):
            return DataNode(key, source.value)
        return self._task(key, source)

    def _task(self, key: str, source: Node) -> Task:
        how = self.execution.of(source.key)
        reads = {word: self._reference(read) for word, read in source.reads.items()}
        called, arguments = self.execution.call(source)
        waited_for = [TaskRef(self._token_key(how.after))] if how.after else []
        return Task(key, *called, *waited_for, **arguments, **reads)

    def _tokens(self) -> dict[Key, Any]:
        """Tasks that finish when others have, so that no model travels just to be waited for."""
        lanes = {self.execution.of(key).after for key in self.nodes if key not in self.known}
        return {self._token_key(after): self._token(after) for after in lanes if after}

    def _token(self, after: Sequence[str]) -> Task:
        waited_for = List(*(TaskRef(self.keys[key]) for key in after))
        return Task(self._token_key(after), _nothing, waited_for)

    def _token_key(self, after: Sequence[str]) -> str:
        return f"after-{digest(*(self.keys[key] for key in after))}"

    def _reference(self, read: Read) -> Any:
        if isinstance(read, tuple):
            return List(*(TaskRef(self.keys[source.key]) for source in read))
        if isinstance(read, Data):
            value = self.known.get(read.key, read.value)
            if _travels_with_tasks(value):
                return value
            if spread := self._spread(read):
                return Task(None, spread.join, List(*(TaskRef(key) for key, _ in spread.parts)))
        return TaskRef(self.keys[read.key])

    def _spread(self, source: Source) -> Spread | None:
        """The parts of data that is in parts, each with an entry of its own."""
        if isinstance(source, Data) and source.key not in self.known:
            return source.value if isinstance(source.value, Spread) else None
        return None


def is_remote(value: Any) -> bool:
    """Whether a result is a future, which stays where it was computed."""
    return isinstance(value, TaskRef)


def _parts(spread: Spread) -> dict[Key, Any]:
    """The entries of data in parts: values, or futures."""
    return {key: v if is_remote(v) else DataNode(key, v) for key, v in spread.parts}


def _travels_with_tasks(value: Any) -> bool:
    """Whether data is small enough to travel with each task: a few numbers, or a file's handle.

    A cluster's scheduler gives a task to a worker that has what it reads, so that fits pile up on
    the one that was first to have the data.
    """
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return value.nbytes <= SMALL_BYTES
    is_handle = getattr(value, "is_handle", False)
    of_known_size = isinstance(value, np.ndarray | pd.DataFrame)
    return is_handle or of_known_size and bool(sizeof(value) <= SMALL_BYTES)


def _nothing(_: object) -> None:
    """What a token holds."""


def reads_of(entry: Any) -> Collection[Hashable] | None:
    """The keys that a task reads; None of what is no task."""
    return entry.dependencies if isinstance(entry, Task) else None


def group_of(
    group: Sequence[Hashable],
    entries: Mapping[Hashable, Any],
    homes: Mapping[Hashable, str],
    kept: Collection[Hashable],
) -> Task:
    """The task that runs a group of tasks and keeps some of their results."""
    reads = {read: None for key in group for read in entries[key].dependencies}
    alone = [read for read in reads if read not in homes]
    earlier = {homes[read]: None for read in reads if read in homes}
    members = Members(
        tuple((key, entries[key]) for key in group),
        tuple(alone),
        tuple(key for key in group if key in kept),
    )
    references = (List(*map(TaskRef, alone)), List(*map(TaskRef, earlier)))
    return Task(homes[group[0]], run_group, members, *references)


@dataclass(frozen=True, slots=True)
class Members:
    """The tasks of a group, the keys of what they read that is in no group, and what is kept."""

    tasks: tuple[tuple[Hashable, GraphNode], ...]
    reads: tuple[Hashable, ...]
    kept: tuple[Hashable, ...]


def run_group(
    members: Members, reads: Sequence[Any], earlier: Sequence[Mapping[Hashable, Any]]
) -> dict[Hashable, Any]:
    """Run the tasks of a group one after the other; returns the results that others need."""
    values: dict[Hashable, Any] = dict(zip(members.reads, reads, strict=True))
    for results in earlier:
        values |= results
    for key, task in members.tasks:
        values[key] = task(values)
    return {key: values[key] for key in members.kept}
