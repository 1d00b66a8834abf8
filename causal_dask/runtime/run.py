"""Runs a plan on the scheduler that Dask would use, and brings its outputs back by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import dask.multiprocessing
from dask.base import get_scheduler

from causal_dask.errors import FewerThreads, InvalidInput, warn
from causal_dask.plans.caps import chain_tasks
from causal_dask.plans.dask_layer import is_remote
from causal_dask.plans.plan import Plan
from causal_dask.runtime.clusters.shipping import ship
from causal_dask.runtime.failures import Failure, as_workers_died
from causal_dask.runtime.idle_threads import with_idle_threads
from causal_dask.runtime.inline import is_inline, run_inline
from causal_dask.runtime.limits.places import with_places
from causal_dask.runtime.limits.room import with_room
from causal_dask.runtime.local import on_this_machine
from causal_dask.runtime.progress import Tell, follow
from causal_dask.runtime.results import value_of
from causal_dask.runtime.task import how_to_resume
from causal_dask.runtime.threads import is_a_cluster, slots_of_a_worker
from causal_dask.runtime.worker import is_killed_worker


def run(plan: Plan) -> dict[str, Any]:
    """Run a plan; returns by content key the outputs' values with their timings, or failures."""
    here = {key: plan.known[key] for key in plan.output_keys if key in plan.known}
    if here:
        plan = replace(plan, outputs=tuple(node for node in plan.outputs if node.key not in here))
    if not plan.outputs:
        return here
    if is_inline():
        return here | run_inline(plan)
    schedule = get_scheduler(collections=[plan])
    plan = with_idle_threads(plan, schedule)
    plan = with_places(plan, schedule)
    plan = with_room(_with_counted_threads(plan, schedule), schedule)
    try:
        with follow(plan) as tell:
            return here | _run(plan, schedule, tell)
    except KeyboardInterrupt as stop:
        stop.add_note(how_to_resume(plan))
        raise


def _run(plan: Plan, schedule: Any, tell: Tell) -> dict[str, Any]:
    """Run a plan whose outputs are all still missing."""
    if is_a_cluster(schedule):
        from causal_dask.runtime.clusters.on_cluster import on_cluster  # noqa: PLC0415 - slow

        return on_cluster(ship(plan, schedule), schedule.__self__, tell)
    if any(map(is_remote, plan.known.values())):
        plan = replace(plan, known=gather(plan.known))
    return on_this_machine(ship(plan, schedule), schedule, tell)


def gather(results: Mapping[str, Any]) -> dict[str, Any]:
    """Bring the results that are on a cluster here."""
    try:
        return {key: _here(value) for key, value in results.items()}
    except Exception as error:
        raise InvalidInput(
            "This learner's models are on a cluster that cannot be reached from here (any more). "
            "Use it while its client is open, or compute the plan instead of persisting it."
        ) from error


def _here(value: Any) -> Any:
    if not is_remote(value):
        return value
    try:
        return value_of(value.result())
    except Exception as error:
        if not is_killed_worker(error):
            raise
        return Failure(str(error.task), as_workers_died(error))


def _with_counted_threads(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """Keep fits that have several threads each from running too many at once.

    Tasks in one process wait for each other's threads (``runtime.threads``); those of different
    processes cannot, and get lanes. Warns if a worker has fewer threads than a model asks for.
    """
    threads = {key: how.threads for key, how in plan.execution.alterations.items()}
    several = {key: n for key, n in threads.items() if n > 1 and key in plan.waiting}
    if not several:
        return plan
    slots, most = slots_of_a_worker(schedule), max(several.values())
    if most > slots and any(plan.execution.of(key).arguments for key in several):
        warn(
            f"'n_jobs' is {most} in the parameters of a model, but a worker here has only "
            f"{slots}: its fits use {slots}.",
            FewerThreads,
        )
    if schedule is not dask.multiprocessing.get:
        return plan
    after = chain_tasks([key for key in plan.waits if key in several], max(slots // most, 1))
    altered = dict(plan.execution.alterations)
    for key, waited in after.items():
        altered[key] = replace(altered[key], after=(*altered[key].after, *waited))
    return plan.altered(altered)
