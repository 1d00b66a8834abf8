"""What a command ends with: a code that scripts can read, and a message for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from causal_dask.errors import (
    CausalDaskError,
    ClusterLost,
    InvalidData,
    InvalidInput,
    InvalidJob,
    ModelFailed,
    Unreadable,
    WorkersDied,
)

JOB, DATA, MODEL, PLACE, INTERRUPTED = 3, 4, 5, 6, 75
"""A bad job file; bad data; a failed model; a place or a file that cannot be used; to be resumed,
which ``sysexits.h`` calls TEMPFAIL. Click has 2 for a bad command line."""

CODES: tuple[tuple[type[CausalDaskError], int], ...] = (
    (InvalidJob, JOB),
    (InvalidData, DATA),
    (ModelFailed, MODEL),
    (WorkersDied, MODEL),
    (ClusterLost, INTERRUPTED),
    (Unreadable, DATA),
    (InvalidInput, DATA),
    (CausalDaskError, PLACE),
)
"""The code of each error, by the first class that it is of."""


@contextmanager
def telling() -> Iterator[None]:
    """Errors of ours as a message and a code, without a traceback."""
    try:
        yield
    except CausalDaskError as error:
        code = next(code for kind, code in CODES if isinstance(error, kind))
        raise _told(_in_full(error), code) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise _told(f"{error.filename}: {error.strerror}. Correct the path.", PLACE) from error


def _in_full(error: CausalDaskError) -> str:
    """An error's message, and what the model's own error says of where it was."""
    notes = list(getattr(error, "__notes__", ()))
    if isinstance(error, ModelFailed):
        notes += getattr(error.__cause__, "__notes__", ())
    return "\n".join([str(error).replace("call fit again", "run it again"), *notes])


def _told(message: str, code: int) -> click.ClickException:
    """What click shows, and ends with."""
    told = click.ClickException(message)
    told.exit_code = code  # type: ignore[misc] # click reads it of the instance
    return told
