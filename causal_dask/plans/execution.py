"""How a graph is run, kept apart from what it computes: the execution keys.

A node that is run otherwise than plainly (with more threads, say) gets a key of its own, and so do
the nodes that read it: one key must never stand for two different tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from causal_dask.graph.node import Node, Source, sources
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.keys.hashing import digest
from causal_dask.plans.priorities import Waits, in_order


def call_plainly(
    run: Callable[..., Any], key: str, threads: int, /, *waited_for: None, **arguments: Any
) -> Any:
    """``run`` itself: no limits, errors as they come."""
    del key, threads, waited_for
    return run(**arguments)


@dataclass(frozen=True, slots=True)
class Alteration:
    """How the run of one node differs from the plain one.

    ``threads`` (-1 takes all), ``arguments`` that pass them on, the keys of nodes that it waits for
    ``after`` without reading them, and what wraps its call in place of ``Execution.perform``.
    """

    threads: int = 1
    arguments: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    perform: Callable[..., Any] | None = None


PLAIN = Alteration()


@dataclass(frozen=True, slots=True)
class Execution:
    """``perform`` wraps every call; ``alterations`` are those of single nodes, by content key."""

    perform: Callable[..., Any] = call_plainly
    alterations: Mapping[str, Alteration] = field(default_factory=dict)

    def of(self, key: str) -> Alteration:
        """How the node of this key is run."""
        return self.alterations.get(key, PLAIN)

    def call(self, node: Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What runs a node: what is called and with what, but for the values that it reads."""
        how = self.of(node.key)
        called = (how.perform or self.perform, node.run, node.key, how.threads)
        return called, {**node.constants, **how.arguments}


def waits(nodes: Mapping[str, Source], execution: Execution, known: Collection[str]) -> Waits:
    """What each node waits for, reads and lanes alike, in an order that agrees with that."""
    found: dict[str, tuple[str, ...]] = {}
    has_lanes = False
    for key, source in nodes.items():
        if key in known:
            found[key] = ()
            continue
        lane = execution.of(key).after
        has_lanes = has_lanes or bool(lane)
        found[key] = (*(read.key for read in sources(source)), *lane)
    return in_order(found) if has_lanes else found


def execution_keys(waits: Waits, execution: Execution, known: Mapping[str, str]) -> dict[str, str]:
    """The key that each node runs under; its own, where nothing is altered.

    ``known`` names the entries of results that are already there and are not calls.
    """
    keys: dict[str, str] = dict(known)
    for key, earlier in waits.items():
        if key not in keys:
            changed = [keys[each] for each in earlier if keys[each] != each]
            keys[key] = _altered_key(key, execution.of(key), changed)
    return keys


def _altered_key(key: str, how: Alteration, changed: list[str]) -> str:
    # a plain node that reads plain nodes keeps its own key, so that plans share what they can
    if not changed and (how is PLAIN or how == PLAIN):
        return key
    lane = digest(*how.after)
    parts = [str(how.threads), fingerprint(how.arguments), lane, *changed]
    if how.perform is not None:
        parts.append(fingerprint(how.perform))
    return f"{key}-{digest(*parts)[:8]}"
