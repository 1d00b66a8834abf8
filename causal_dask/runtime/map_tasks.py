"""Run one function for very many arguments, which are made while it runs.

Never more of them are on their way than workers can start soon, so that neither this process nor a
scheduler ever holds all of them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import cloudpickle
import dask
import joblib
from dask.base import get_scheduler
from dask.local import get_sync
from dask.system import CPU_COUNT

from causal_dask.runtime.clusters.encryption import warn_if_open
from causal_dask.runtime.threads import is_a_cluster, slots_in_use

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
    n_jobs = int(dask.config.get("num_workers", None) or CPU_COUNT)
    backend = joblib.Parallel(
        n_jobs=n_jobs,
        prefer="threads" if on_threads else "processes",
        return_as="generator_unordered",
        pre_dispatch="2 * n_jobs",
    )
    found: Iterator[Any] = backend(joblib.delayed(function)(each) for each in arguments)
    return found


def _on_cluster(
    client: Any,
    function: Callable[[Any], Any],
    arguments: Iterable[Any],
    failed: Callable[[Any, Exception], Any],
) -> Iterator[Any]:
    from distributed import as_completed  # noqa: PLC0415 - slow, and only clusters need it

    rest = iter(arguments)
    sent = {
        client.submit(run_packed, cloudpickle.dumps((function, each)), pure=False): each
        for each in islice(rest, AHEAD * max(slots_in_use(), 1))
    }
    completed = as_completed(list(sent))
    for future in completed:
        argument = sent.pop(future)
        for each in islice(rest, 1):
            new = client.submit(run_packed, cloudpickle.dumps((function, each)), pure=False)
            sent[new] = each
            completed.add(new)
        if future.status == "finished":
            yield future.result()
        else:
            yield failed(argument, future.exception())
        future.release()


def run_packed(packed: bytes) -> Any:
    """Call a function that was packed here: Dask's own pickles name modules that workers lack."""
    function, argument = pickle.loads(packed)  # noqa: S301 - from the client, as all tasks are
    return function(argument)
