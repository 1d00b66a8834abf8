"""Runs a plan on one of Dask's local schedulers, or on any function that does as they do."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import dask.multiprocessing
import dask.threaded
from dask.callbacks import local_callbacks
from dask.local import get_sync

from causal_dask.graph.plan import Plan
from causal_dask.runtime.ordered import Callbacks, get_in_order
from causal_dask.runtime.progress import Tell
from causal_dask.runtime.threads import blas_held

SHORT = 0.02
"""Seconds under which a plan for threads runs in the thread that asks for it."""


def on_this_machine(plan: Plan, schedule: Callable[..., Any], tell: Tell) -> dict[str, Any]:
    """What came of every output, by content key. ``tell`` hears of each task that is over."""

    def is_over(key: Hashable, *_: object) -> None:
        tell(key)

    if schedule is dask.threaded.get and _is_short(plan):
        schedule = get_sync
    with blas_held():
        values = _scheduled(plan, schedule, (None, None, None, is_over, None))
    return dict(zip(plan.output_keys, values, strict=True))


def _is_short(plan: Plan) -> bool:
    """Whether a plan is over before threads would have shared it out."""
    return sum(plan.seconds.values()) < SHORT


def _scheduled(plan: Plan, schedule: Callable[..., Any], callbacks: Callbacks) -> Any:
    graph, keys = plan.__dask_graph__(), plan.__dask_keys__()
    if schedule is dask.threaded.get:
        return get_in_order(graph, keys, plan.priorities, [callbacks])
    if schedule not in (get_sync, dask.multiprocessing.get):
        return schedule(graph, keys)
    with local_callbacks(None) as active:
        return schedule(graph, keys, callbacks=[*active, callbacks])
