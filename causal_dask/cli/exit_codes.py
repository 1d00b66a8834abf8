"""End a command that failed with a message, and an exit code that says what kind of failure."""

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

JOB, DATA, MODEL, ENVIRONMENT, INTERRUPTED = 3, 4, 5, 6, 75
"""A bad job file; bad data; a failed model; a cluster, package or file that cannot be used; a run
to be resumed (TEMPFAIL in ``sysexits.h``). For a bad command line click ends with 2."""

CODES: tuple[tuple[type[CausalDaskError], int], ...] = (
    (InvalidJob, JOB),
    (InvalidData, DATA),
    (ModelFailed, MODEL),
    (WorkersDied, MODEL),
    (ClusterLost, INTERRUPTED),
    (Unreadable, DATA),
    (InvalidInput, DATA),
    (CausalDaskError, ENVIRONMENT),
)
"""The exit codes of errors: the first class that an error is an instance of counts."""


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn errors of causal-dask into a message and an exit code, without a traceback."""
    try:
        yield
    except CausalDaskError as error:
        code = next(code for kind, code in CODES if isinstance(error, kind))
        raise _exit(_message(error), code) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise _exit(
            f"{error.filename}: {error.strerror}. Correct the path.", ENVIRONMENT
        ) from error


def _message(error: CausalDaskError) -> str:
    """An error's message with its notes, which may say where in the data a model failed."""
    notes = list(getattr(error, "__notes__", ()))
    if isinstance(error, ModelFailed):
        notes += getattr(error.__cause__, "__notes__", ())
    return "\n".join([str(error).replace("call fit again", "run it again"), *notes])


def _exit(message: str, code: int) -> click.ClickException:
    """An exception for which click shows a message and ends with a code."""
    exception = click.ClickException(message)
    exception.exit_code = code  # type: ignore[misc] # click reads the instance's attribute
    return exception
