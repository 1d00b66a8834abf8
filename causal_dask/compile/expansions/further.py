"""Plans of work that is no fit of a learner: questions that need more fits, searches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from causal_dask.compile.assemble import Start, plan_of
from causal_dask.compile.compiler import Compiler
from causal_dask.graph.label import Label
from causal_dask.graph.node import Source, building_nodes
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import run

Finish = Callable[[Mapping[str, Any]], Any]


def further_plan(
    compilers: Sequence[Compiler], nodes: Sequence[Source], finish: Finish, start: Start
) -> Plan:
    """The plan of some nodes; ``finish`` gets their values by key, unless some have failed."""
    with building_nodes():
        plan = plan_of(compilers, nodes, dict, start)
    labels = {key: note.label for key, note in plan.notes.items()}
    owner = str(getattr(finish, "func", finish).__qualname__)
    return plan.replaced(finish=partial(_finished, finish, labels), owner=owner)


def run_now(plan: Plan) -> Any:
    """What a plan gives, on the scheduler that Dask would use."""
    return plan.finish(run(plan))


def _finished(finish: Finish, labels: Mapping[str, Label], results: Mapping[str, Any]) -> Any:
    raise_failures(
        failures_in(results), labels, kept="With 'store', what has finished is not repeated."
    )
    return finish(finished_in(results))
