"""Ways over a graph of nodes. Knows nothing of what the nodes compute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from causal_dask.graph.node import Node, Source, sources

Result = TypeVar("Result")


def visit(roots: Iterable[Source], stop_at: Collection[str] = ()) -> dict[str, Source]:
    """Every node that ``roots`` need, by key, reads before readers.

    What the nodes in ``stop_at`` read is not visited. Not recursive: plans may be deep.
    """
    found: dict[str, Source] = {}
    opened: set[str] = set()  # whose reads are pending above them
    pending = list(roots)[::-1]
    while pending:
        source = pending[-1]
        key = source.key
        if key not in found and key not in opened and key not in stop_at:
            opened.add(key)
            if missing := [read for read in sources(source) if read.key not in found]:
                pending += missing[::-1]
                continue
        found.setdefault(key, pending.pop())
    return found


def fold(
    roots: Iterable[Source], step: Callable[[Source, list[Result]], Result]
) -> dict[str, Result]:
    """``step`` of every node, given the results of the nodes it reads (as in ibis)."""
    results: dict[str, Result] = {}
    for key, source in visit(roots).items():
        results[key] = step(source, [results[read.key] for read in sources(source)])
    return results


def calls(roots: Iterable[Source], *function_names: str) -> list[Node]:
    """The nodes below ``roots`` that call functions of these names."""
    return [
        source
        for source in visit(roots).values()
        if isinstance(source, Node) and source.name in function_names
    ]
