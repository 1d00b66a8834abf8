"""Run one function for very many arguments, which are made while it runs.

Never more of them are on their way than workers can start soon, so that neither this process nor a
scheduler ever holds all of them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TYPE_CHECKING, Any

import cloudpickle
import dask
import joblib
from dask.base import get_scheduler
from dask.local import get_sync
from dask.system import CPU_COUNT

from causal_dask.errors import ClusterLost, WorkersDied
from causal_dask.plans.plan import Plan
from causal_dask.runtime.clusters.encryption import warn_if_open
from causal_dask.runtime.threads import is_a_cluster, slots_in_use
from causal_dask.runtime.worker import CANCELLED, is_killed_worker

if TYPE_CHECKING:
    from distributed import Client, Future

KEPT = "What has finished is kept where it was given a folder: run the same again."
"""What is to be done after an interruption."""

AHEAD = 3
"""Arguments on their way for each slot of a cluster: one that runs, and two that wait for it."""


def map_tasks(
    function: Callable[[Any], Any],
    arguments: Iterable[Any],
    failed: Callable[[Any, Exception], Any],
) -> Iterator[Any]:
    """The results, as they come; what ``failed`` makes of an argument whose worker died.

    Runs on the cluster or scheduler that Dask would use. Where nobody has chosen one, in processes
    of this machine: small fits hold Python's lock, and threads would take turns.
    """
    schedule = get_scheduler()
    if schedule is not None and is_a_cluster(schedule):
        warn_if_open(schedule.__self__)
        return _on_cluster(schedule.__self__, function, arguments, failed)
    if schedule is get_sync:
        return map(function, arguments)
    return _on_this_machine(schedule is dask.threaded.get, function, arguments)


def _on_this_machine(
    on_threads: bool, function: Callable[[Any], Any], arguments: Iterable[Any]
) -> Iterator[Any]:
    backend = joblib.Parallel(
        n_jobs=int(dask.config.get("num_workers", None) or CPU_COUNT),
        prefer="threads" if on_threads else "processes",
        return_as="generator_unordered",
        pre_dispatch="2 * n_jobs",
    )
    try:
        yield from backend(joblib.delayed(function)(each) for each in arguments)
    except BrokenProcessPool as error:
        raise WorkersDied(
            "A process died, most often because the machine is out of memory. Run fewer at once "
            f"(Dask's setting 'num_workers'). {KEPT}"
        ) from error


def _on_cluster(
    client: Client,
    function: Callable[[Any], Any],
    arguments: Iterable[Any],
    failed: Callable[[Any, Exception], Any],
) -> Iterator[Any]:
    from distributed import as_completed  # noqa: PLC0415 - slow, and only clusters need it

    from causal_dask.runtime.clusters.check_workers import check_workers  # noqa: PLC0415 - as above

    check_workers(Plan((), dict), client)
    rest, sent = iter(arguments), {}

    def send(n: int) -> list[Future[Any]]:
        new = {
            client.submit(run_packed, cloudpickle.dumps((function, each)), pure=False): each
            for each in islice(rest, n)
        }
        sent.update(new)
        return list(new)

    try:
        completed = as_completed(send(AHEAD * max(slots_in_use(), 1)))
        for future in completed:
            yield _result_of(future, sent.pop(future), failed)
            completed.update(send(1))
    finally:
        for future in sent:
            future.release()


def _result_of(future: Future[Any], argument: Any, failed: Callable[[Any, Exception], Any]) -> Any:
    """The result of a task, or what stands for it if it has killed workers; raises other errors."""
    if future.status == "error":
        error = future.exception()
        if is_killed_worker(error):
            return failed(argument, error)
        raise error
    try:
        return future.result()  # a cancelled or lost one raises
    except (*CANCELLED, OSError) as error:
        raise ClusterLost(f"The scheduler was lost, or has dropped the work. {KEPT}") from error


def run_packed(packed: bytes) -> Any:
    """Call a function that was packed here: Dask's own pickles name modules that workers lack."""
    function, argument = pickle.loads(packed)  # noqa: S301 - from the client, as all tasks are
    return function(argument)
