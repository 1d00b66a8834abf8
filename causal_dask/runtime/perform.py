"""What happens around every task: failures pass through, threads are limited, errors are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from causal_dask.runtime.at_hand import at_hand
from causal_dask.runtime.failures import Failure, first_failure
from causal_dask.runtime.finished import Finished, Watch, timing_of, values
from causal_dask.runtime.slots import granted
from causal_dask.runtime.threads import limited_threads


def perform(
    run: Callable[..., Any], key: str, threads: int, /, *waited_for: None, **arguments: Any
) -> Any:
    """``run``'s result, or the failure that it, or something it needed, ended in."""
    del waited_for
    failed = first_failure(arguments.values())
    if failed is not None:
        return failed
    if run is timing_of:
        return timing_of(**arguments)
    threads = granted(threads)
    given = values(arguments)
    if "jobs" in given:
        given["jobs"] = tuple((name, granted(count)) for name, count in given["jobs"])
    with limited_threads(threads):
        watch = Watch()
        try:
            value = run(**at_hand(given))
        except Exception as error:  # noqa: BLE001 - any error of a user's model is a result here
            return Failure.of(key, error)
        return Finished(value, watch.timing())
