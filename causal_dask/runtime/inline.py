"""Run plans where they are asked for, task after task, whatever scheduler Dask would use.

Inside a task of a larger program, such as a replication of a simulation study, Dask would otherwise
send every fit back to the cluster that runs the task.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_inline: ContextVar[bool] = ContextVar("_is_inline", default=False)


@contextmanager
def inline() -> Iterator[None]:
    """A block in which plans run in the calling thread."""
    token = _is_inline.set(True)
    try:
        yield
    finally:
        _is_inline.reset(token)


def is_inline() -> bool:
    """Whether plans run in the calling thread here."""
    return _is_inline.get()
