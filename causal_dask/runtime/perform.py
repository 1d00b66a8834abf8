"""What happens around every task: failures pass through, threads are limited, errors are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from causal_dask.runtime.failures import Failure, first_failure
from causal_dask.runtime.threads import limited_threads


def perform(run: Callable[..., Any], key: str, threads: int, /, **arguments: Any) -> Any:
    """``run``'s result, or the failure that it, or something it needed, ended in."""
    failed = first_failure(arguments.values())
    if failed is not None:
        return failed
    with limited_threads(threads):
        try:
            return run(**arguments)
        except Exception as error:  # noqa: BLE001 - any error of a user's model is a result here
            return Failure.of(key, error)
