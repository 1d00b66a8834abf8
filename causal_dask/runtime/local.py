"""Runs a plan on one of Dask's local schedulers, the most urgent task first on its threads."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import dask.multiprocessing
import dask.threaded
from dask.callbacks import local_callbacks
from dask.local import get_sync

from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import Failure
from causal_dask.runtime.progress import Tell
from causal_dask.runtime.threads import hold_blas

SHORT = 0.02
"""Seconds below which a plan for threads runs in the calling thread.

Starting a pool and passing tasks to it takes about as long. Guesses are rather too long, so that a
plan of real fits is never taken for a short one.
"""


def on_this_machine(plan: Plan, schedule: Callable[..., Any], tell: Tell) -> dict[str, Any]:
    """Run a plan; returns the outputs' results by content key. Calls ``tell`` after each task."""

    def has_finished(key: Hashable, result: object, *_: object) -> None:
        tell(key, failed=isinstance(result, Failure))

    # only where Dask chose threads: a user's synchronous or process scheduler is left as it is
    if schedule is dask.threaded.get and _is_short(plan):
        schedule = get_sync
    with hold_blas():
        values = _run_on(plan, schedule, (None, None, None, has_finished, None))
    return dict(zip(plan.output_keys, values, strict=True))


def _is_short(plan: Plan) -> bool:
    """Whether a plan finishes before a pool of threads would have started on it."""
    return sum(plan.seconds.values()) < SHORT


def _run_on(plan: Plan, schedule: Callable[..., Any], callbacks: Callbacks) -> Any:
    graph, keys = plan.__dask_graph__(), plan.__dask_keys__()
    if schedule is dask.threaded.get:
        return get_in_order(graph, keys, plan.priorities, [callbacks])
    if schedule not in (get_sync, dask.multiprocessing.get):
        return schedule(graph, keys)  # a scheduler of the user's own may take no callbacks
    with local_callbacks(None) as active:
        return schedule(graph, keys, callbacks=[*active, callbacks])


Callbacks = tuple[Any, Any, Any, Any, Any]
"""What Dask's local schedulers call: at the start, once their state is made, before and after each
task, at the end.
"""


class Ready:
    """The tasks that can run now, in place of the list that Dask's local schedulers keep."""

    def __init__(self, keys: Iterable[Hashable], priorities: Mapping[Hashable, float]) -> None:
        self.priorities = priorities
        self.n_added = 0
        self.heap: list[tuple[float, int, Hashable]] = []
        for key in keys:
            self.append(key)

    def append(self, key: Hashable) -> None:
        """Add a task. Among equals the last one added goes first, as in Dask's list."""
        self.n_added += 1
        urgency = self.priorities.get(key, float("inf"))
        heapq.heappush(self.heap, (-urgency, -self.n_added, key))

    def pop(self) -> Hashable:
        """Take the most urgent task."""
        return heapq.heappop(self.heap)[-1]

    def __len__(self) -> int:
        return len(self.heap)


def get_in_order(
    graph: Mapping[Any, Any],
    keys: Sequence[Any],
    priorities: Mapping[Hashable, float],
    callbacks: Sequence[Callbacks] = (),
) -> Any:
    """Run a graph as ``dask.threaded.get`` does, but ready tasks in order of their priorities."""

    def install(graph: object, state: dict[str, Any]) -> None:
        del graph
        # Dask orders tasks to save memory, and only ever appends to this list and pops from it
        state["ready"] = Ready(state["ready"], priorities)

    with local_callbacks(None) as active:
        called = [*active, *callbacks, (None, install, None, None, None)]
        return dask.threaded.get(graph, keys, callbacks=called)
