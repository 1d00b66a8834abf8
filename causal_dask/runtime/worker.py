"""The worker that this code runs on, if any.

Nothing here imports ``distributed``, which takes longer than a small fit: a process in which nobody
has imported it is no worker, has no client, and no worker of its died.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from distributed import Client, Future, KilledWorker, Worker

CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)
"""What Dask raises of work that the scheduler has dropped."""


def this_worker() -> Worker | None:
    """The worker whose task or event loop this is, else None."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        worker: Worker = distributed.get_worker()
    except (ValueError, AttributeError):  # AttributeError: while it is being imported
        return None
    return worker


def is_client(found: Any) -> TypeGuard[Client]:
    """Whether this is a cluster's client."""
    return _is_a(found, "Client")


def is_killed_worker(error: BaseException) -> TypeGuard[KilledWorker]:
    """Whether an error says that workers died in a task."""
    return _is_a(error, "KilledWorker")


def futures_in(collection: Any) -> list[Future[Any]]:
    """The results on a cluster that a collection refers to."""
    distributed = sys.modules.get("distributed")
    return [] if distributed is None else list(distributed.futures_of(collection))


def _is_a(found: Any, name: str) -> bool:
    kind = getattr(sys.modules.get("distributed"), name, None)
    return kind is not None and isinstance(found, kind)
