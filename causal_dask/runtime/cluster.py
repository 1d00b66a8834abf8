"""Runs a plan on a cluster, where workers and the scheduler may die. Knows tasks, not learners.

Outputs are awaited as futures, each for itself, so that what has finished is kept whatever becomes
of the others.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import dask
from dask.context import thread_state
from distributed import Client, Future, rejoin, secede, wait

from causal_dask.errors import ClusterLost
from causal_dask.plans.plan import Plan
from causal_dask.runtime.check_workers import check_workers
from causal_dask.runtime.failures import Failure, died, failure_of
from causal_dask.runtime.progress import Tell
from causal_dask.runtime.task import store_of

POLL = 0.5
"""Seconds between two looks at what has finished."""


CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)


LOST = (*CANCELLED, OSError)


def on_cluster(plan: Plan, client: Client, tell: Tell) -> dict[str, Any]:
    """What came of every output, by content key. ``tell`` hears of each that is over."""
    try:
        check_workers(plan, client)
        return _tried(plan, client, tell)
    except LOST as error:
        raise ClusterLost(_told(plan, client)) from error


def _tried(plan: Plan, client: Client, tell: Tell) -> dict[str, Any]:
    """What came of every output when tasks that workers died in have had a second chance.

    Dask blames every task that a worker had taken when it died. Where that is more than one, each
    runs once more by itself, so that the innocent finish.
    """
    found = _once(plan, client, tell)
    blamed = {failure.key for failure in found.values() if died(failure)} & plan.waiting
    if len(blamed) < 2:
        return found
    known = {**plan.known, **{k: result for k, result in found.items() if not died(result)}}
    for key in (key for key in plan.nodes if key in blamed):
        known |= _once(replace(plan, outputs=(plan.nodes[key],), known=known), client, tell)
    rest = tuple(node for node in plan.outputs if node.key not in known)
    if rest:
        known |= _once(replace(plan, outputs=rest, known=known), client, tell)
    return {key: known[key] for key in plan.output_keys}


def _once(plan: Plan, client: Client, tell: Tell) -> dict[str, Any]:
    """What came of every output when all are run together."""
    futures: dict[str, Future[Any]] = {}
    try:
        with _aside():
            futures = _sent(plan, client)
            _await(futures.values(), client, tell)
            return _brought(plan, client, futures)
    finally:
        for future in futures.values():
            future.release()
        with suppress(Exception):
            client.nthreads()  # passes the client's loop after the releases: keys are free again


def _sent(plan: Plan, client: Client) -> dict[str, Future[Any]]:
    """The futures of the outputs, by content key."""
    graph, keys = plan.__dask_graph__(), plan.__dask_keys__()
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        futures = client.get(graph, keys, sync=False)
    return dict(zip(plan.output_keys, futures, strict=True))


def _await(futures: Collection[Future[Any]], client: Client, tell: Tell) -> None:
    """Wait until all are over; if the scheduler goes, the client calls them cancelled."""
    pending = set(futures)
    while pending:
        with suppress(asyncio.TimeoutError, TimeoutError), client.as_current():
            wait(list(pending), timeout=POLL)
        over = {future for future in pending if future.status != "pending"}
        for future in over:
            tell(future.key)
        pending -= over


def _brought(plan: Plan, client: Client, futures: Mapping[str, Future[Any]]) -> dict[str, Any]:
    """Values and failures. A value whose worker dies before it is here is computed again."""
    gathered = client.gather(dict(futures), errors="skip")
    found = {key: result for key, result in gathered.items() if result is not None}
    for key in futures.keys() - found.keys():
        found[key] = _failure(plan, key, futures[key])
    return found


def _failure(plan: Plan, key: str, future: Future[Any]) -> Failure:
    """Why an output is not there; raises if the cluster has lost it."""
    if future.status != "error":
        raise asyncio.CancelledError(key)
    return failure_of(plan, key, future.exception(timeout=POLL))


def _told(plan: Plan, client: Client) -> str:
    """What is lost, and how to go on."""
    where = getattr(client.scheduler, "address", "")
    what = f"the work of {len(plan.outputs)} results"
    if client.status == "running":
        happened = f"The scheduler {where} has cancelled {what}, or was restarted meanwhile."
    else:
        happened = f"The connection to the scheduler {where} was lost, and with it {what}."
    return f"{happened} {how_to_resume(plan)} For that connect a new Client to a scheduler."


@contextmanager
def _aside() -> Iterator[None]:
    """A block that waits for tasks; inside of one, its worker may run others meanwhile."""
    if not getattr(thread_state, "key", False):
        yield
        return
    try:
        secede()
    except Exception:  # noqa: BLE001 - not a thread of the worker's pool, so nothing to leave
        yield
        return
    try:
        yield
    finally:
        rejoin()


def how_to_resume(plan: Plan) -> str:
    """What to do to repeat only what had not finished."""
    store = store_of(plan)
    if store is None:
        return (
            "Nothing of this run is kept. With fit(..., store='folder') the fits that finish are, "
            "and a second run repeats only the others."
        )
    return (
        f"The fits that had finished are kept in the store {store.folder}. Run the same again with "
        "this store: it repeats only the others, and the result is that of an undisturbed run."
    )
