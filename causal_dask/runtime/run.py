"""Runs a plan on the scheduler that Dask would use, and brings its outputs back by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dask
from dask.base import get_scheduler
from distributed import Client

from causal_dask.errors import InvalidInput
from causal_dask.graph.plan import Plan, is_remote


def run(plan: Plan) -> dict[str, Any]:
    """The value of every output, by content key; failures among them."""
    here = {key: plan.known[key] for key in plan.output_keys if key in plan.known}
    plan = replace(plan, outputs=tuple(node for node in plan.outputs if node.key not in here))
    if not plan.outputs:
        return here
    schedule = get_scheduler(collections=[plan])
    if not is_a_cluster(schedule):
        plan = replace(plan, known=gathered(plan.known))
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        values = schedule(plan.__dask_graph__(), plan.__dask_keys__())
    return here | dict(zip(plan.output_keys, values, strict=True))


def gathered(results: Mapping[str, Any]) -> dict[str, Any]:
    """The same results, with those that are on a cluster brought here."""
    try:
        return {key: _here(value) for key, value in results.items()}
    except Exception as error:
        raise InvalidInput(
            "This learner's models are on a cluster that cannot be reached from here (any more). "
            "Use it while its client is open, or compute the plan instead of persisting it."
        ) from error


def is_a_cluster(schedule: Any) -> bool:
    """Whether what Dask would run on is a cluster's client, which knows its futures."""
    return isinstance(getattr(schedule, "__self__", None), Client)


def _here(value: Any) -> Any:
    return value.result() if is_remote(value) else value
