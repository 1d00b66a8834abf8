"""Run plans where they are asked for, task after task, whatever scheduler Dask would use.

Inside a task of a larger program, such as a replication of a simulation study, Dask would otherwise
send every fit back to the cluster that runs the task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from causal_dask.graph.node import Data, Node, Read, sources
from causal_dask.graph.spread import Spread
from causal_dask.plans.execution import Execution
from causal_dask.plans.plan import Plan
from causal_dask.runtime.threads import hold_blas

_is_inline: ContextVar[bool] = ContextVar("_is_inline", default=False)


@contextmanager
def inline() -> Iterator[None]:
    """A block in which plans run in the calling thread."""
    token = _is_inline.set(True)
    try:
        yield
    finally:
        _is_inline.reset(token)


def is_inline() -> bool:
    """Whether plans run in the calling thread here."""
    return _is_inline.get()


def run_inline(plan: Plan) -> dict[str, Any]:
    """Run a plan in the calling thread; returns the outputs' results by content key.

    Nodes run in an order in which reads come before readers, and a result is let go once nothing
    reads it any more. Dask's scheduler would take longer than fits of a few rows do.
    """
    left = Counter(plan.output_keys)
    for key in plan.waiting:
        left.update(read.key for read in sources(plan.nodes[key]))
    results: dict[str, Any] = {}
    with hold_blas():
        for key, source in plan.nodes.items():
            if key in plan.known:
                results[key] = plan.known[key]
            elif isinstance(source, Data):
                results[key] = _value(source)
            else:
                results[key] = _called(source, plan.execution, results)
                _let_go(source, left, results)
    return {key: results[key] for key in plan.output_keys}


def _let_go(source: Node, left: Counter[str], results: dict[str, Any]) -> None:
    """Let go of what a node has read, if no other reads it."""
    for read in sources(source):
        left[read.key] -= 1
        if not left[read.key]:
            results.pop(read.key, None)


def _value(source: Data) -> Any:
    """What data holds; a table in parts is put together."""
    value = source.value
    return value.join([part for _, part in value.parts]) if isinstance(value, Spread) else value


def _called(source: Node, execution: Execution, results: Mapping[str, Any]) -> Any:
    (performed, *called), arguments = execution.call(source)
    reads = {word: _read(read, results) for word, read in source.reads.items()}
    return performed(*called, **arguments, **reads)


def _read(read: Read, results: Mapping[str, Any]) -> Any:
    if isinstance(read, tuple):
        return [results[each.key] for each in read]
    return results[read.key]
