"""Nodes by content. Knows nothing of learners, models or schedulers."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from causal_dask.declared import name_of, saved
from causal_dask.keys.fingerprint import fingerprint, part_of, remember_records
from causal_dask.keys.hashing import digest


@saved("Data")
@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """A value that is already here; its key says what it holds, not where it lives."""

    key: str
    value: Any = field(repr=False)


@saved("Node")
@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One call of a pure function: its constants, and the nodes it reads by keyword."""

    key: str
    run: Callable[..., Any]
    constants: Mapping[str, Any] = field(repr=False)
    reads: Mapping[str, Read] = field(repr=False)

    @property
    def name(self) -> str:
        """The name of the function."""
        return name_of(self.run)


Source = Data | Node


Read = Source | tuple[Source, ...]


def data(value: Any, name: str = "data") -> Data:
    """The node that holds ``value``, keyed by its content."""
    return Data(f"{name}-{fingerprint(value)}", value)


def node(run: Callable[..., Any], reads: Mapping[str, Read], **constants: Any) -> Node:
    """The node that calls ``run``; equal calls get equal keys."""
    return Node(key_of((name_of(run), fingerprint(run)), reads, constants), run, constants, reads)


def key_of(called: tuple[str, str], reads: Mapping[str, Read], constants: Mapping[str, Any]) -> str:
    """The key of the call of a function, of which the name and the fingerprint are given."""
    name_of_function, content_of_function = called
    content = digest(
        content_of_function,
        str(len(constants)),
        *(part for name in sorted(constants) for part in (name, part_of(constants[name]))),
        *(part for name in sorted(reads) for part in (name, *_key_parts(reads[name]))),
    )
    return f"{name_of_function}-{content}"


def sources(of: Source) -> list[Source]:
    """The nodes that ``of`` reads, in the order of its keywords."""
    found: list[Source] = []
    if isinstance(of, Node):
        for read in of.reads.values():
            if isinstance(read, tuple):
                found += read
            else:
                found.append(read)
    return found


def _key_parts(read: Read) -> tuple[str, ...]:
    """The keys of one read; a tuple also says how many, so that reads can't run together."""
    if isinstance(read, tuple):
        return (str(len(read)), *(source.key for source in read))
    return (read.key,)


@contextmanager
def building_nodes() -> Iterator[None]:
    """A block that makes many nodes, in less time.

    The cyclic garbage collector is off, as graphs of nodes have no cycles: it took a third of the
    time to build ten thousand of them, which it scans again and again. Records are hashed once.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        with remember_records():
            yield
    finally:
        if was_on:
            gc.enable()
