"""Run a plan on a cluster, whose workers and scheduler may die. Knows tasks, not learners.

Each output has a future of its own, so that finished results are kept whatever happens to others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import dask
from dask.context import thread_state
from distributed import Client, Future, rejoin, secede, wait

from causal_dask.errors import ClusterLost
from causal_dask.plans.groups import in_groups
from causal_dask.plans.plan import Plan
from causal_dask.runtime.clusters.check_workers import check_workers
from causal_dask.runtime.clusters.encryption import warn_if_open
from causal_dask.runtime.failures import Failure, failure_of, was_killed
from causal_dask.runtime.progress import Tell
from causal_dask.runtime.task import how_to_resume
from causal_dask.runtime.worker import CANCELLED

POLL = 0.5
"""Seconds between two checks of what has finished."""


LOST = (*CANCELLED, OSError)
"""What Dask raises if the scheduler has died or dropped the work."""


def on_cluster(plan: Plan, client: Client, tell: Tell) -> dict[str, Any]:
    """The result or failure of every output, by content key; ``tell`` hears when each finishes."""
    warn_if_open(client)
    try:
        check_workers(plan, client)
        return _run_with_second_chance(plan, client, tell)
    except LOST as error:
        raise ClusterLost(_what_was_lost(plan, client)) from error


def _run_with_second_chance(plan: Plan, client: Client, tell: Tell) -> dict[str, Any]:
    """The result or failure of every output; tasks that workers died in may run once more.

    Dask blames every task that was on a worker when it died. If there are several, each is run once
    more by itself, so that only the one that kills workers fails.
    """
    found = _run(plan, client, tell)
    blamed = {failure.key for failure in found.values() if was_killed(failure)} & plan.waiting
    if len(blamed) < 2:
        return found
    known = {
        **plan.known,
        **{k: result for k, result in found.items() if not was_killed(result)},
    }
    for key in (key for key in plan.nodes if key in blamed):
        known |= _run(replace(plan, outputs=(plan.nodes[key],), known=known), client, tell)
    # Outputs that read a blamed task failed with it; now they can run.
    rest = tuple(node for node in plan.outputs if node.key not in known)
    if rest:
        known |= _run(replace(plan, outputs=rest, known=known), client, tell)
    return {key: known[key] for key in plan.output_keys}


def _run(plan: Plan, client: Client, tell: Tell) -> dict[str, Any]:
    """The result or failure of every output, all submitted together."""
    submitted = Submitted({}, {})
    try:
        with _off_the_thread_pool():
            submitted = _submit(plan, client)
            _await(submitted, client, tell)
            found = _collect(plan, client, submitted)
        _tell_failures(plan, found, tell)
        return found
    finally:
        for future in submitted.futures.values():
            future.release()
        with suppress(Exception):
            client.nthreads()  # waits for the event loop, so that the keys are really released


def _tell_failures(plan: Plan, found: Mapping[str, Any], tell: Tell) -> None:
    """Tell which outputs have failed."""
    for content, key in zip(plan.output_keys, plan.__dask_keys__(), strict=True):
        if isinstance(found[content], Failure):
            tell(key, failed=True)


@dataclass(frozen=True, slots=True)
class Submitted:
    """Futures by the keys of their tasks, and the tasks in each group by the group's key."""

    futures: dict[Hashable, Future[Any]]
    groups: Mapping[Hashable, Sequence[Hashable]]


def _submit(plan: Plan, client: Client) -> Submitted:
    """Submit the plan, small tasks in groups."""
    grouped = in_groups(plan, sum(client.nthreads().values()))
    graph = plan.__dask_graph__() if grouped is None else grouped.graph
    homes = {} if grouped is None else grouped.homes
    keys = list({homes.get(key, key): None for key in plan.__dask_keys__()})
    # Data that workers cannot read from a file belongs in the graph, so users need no warning.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        futures = client.get(graph, keys, sync=False)
    groups: dict[Hashable, list[Hashable]] = {}
    for key, home in homes.items():
        groups.setdefault(home, []).append(key)
    return Submitted(dict(zip(keys, futures, strict=True)), groups)


def _await(submitted: Submitted, client: Client, tell: Tell) -> None:
    """Wait until all have finished; if the scheduler dies, the client marks them as cancelled."""
    pending = set(submitted.futures.values())
    while pending:
        with suppress(asyncio.TimeoutError, TimeoutError), client.as_current():
            wait(list(pending), timeout=POLL)
        finished = {future for future in pending if future.status != "pending"}
        for future in finished:
            # which tasks of a group have failed is known once its results are here
            failed = future.status == "error" or future.type is Failure
            for key in submitted.groups.get(future.key, [future.key]):
                tell(key, failed=failed)
        pending -= finished


def _collect(plan: Plan, client: Client, submitted: Submitted) -> dict[str, Any]:
    """Fetch results and failures; Dask recomputes a result whose worker dies before that."""
    gathered = client.gather(dict(submitted.futures), errors="skip")
    homes = {key: home for home, keys in submitted.groups.items() for key in keys}
    found = {}
    for content, key in zip(plan.output_keys, plan.__dask_keys__(), strict=True):
        home = homes.get(key, key)
        result = gathered.get(home)
        if result is None:
            found[content] = _failure(plan, content, submitted.futures[home])
        else:
            found[content] = result[key] if key in homes else result
    return found


def _failure(plan: Plan, key: str, future: Future[Any]) -> Failure:
    """The failure of an output; raises if it has none, since the cluster must have lost it."""
    if future.status != "error":
        raise asyncio.CancelledError(key)
    return failure_of(plan, key, future.exception(timeout=POLL))


def _what_was_lost(plan: Plan, client: Client) -> str:
    """The message that work was lost, with what to do next."""
    where = getattr(client.scheduler, "address", "")
    what = f"the work of {len(plan.outputs)} results"
    if client.status == "running":
        happened = f"The scheduler {where} has cancelled {what}, or was restarted."
    else:
        happened = f"The connection to the scheduler {where} was lost, and with it {what}."
    return f"{happened} {how_to_resume(plan)} Connect a new Client to a scheduler first."


@contextmanager
def _off_the_thread_pool() -> Iterator[None]:
    """A block that waits for tasks; inside a task, its thread is replaced meanwhile."""
    if not getattr(thread_state, "key", False):
        yield
        return
    try:
        secede()
    except Exception:  # noqa: BLE001 - not a thread of the worker's pool
        yield
        return
    try:
        yield
    finally:
        rejoin()
