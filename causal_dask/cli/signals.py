"""Stop a run on a signal: cleanly, and with the command that resumes it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from causal_dask.cli.exit_codes import INTERRUPTED

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
"""The signals that batch systems send before they kill; Python handles Ctrl-C itself."""


@contextmanager
def stop_on_signal(resume: str) -> Iterator[None]:
    """Let signals and Ctrl-C stop a run cleanly; ``resume`` is the command that resumes it."""
    before = {number: signal.signal(number, _stop) for number in SIGNALS}
    try:
        yield
    except KeyboardInterrupt as stop:
        why = f"Stopped by {stop.args[0]}." if stop.args else "Stopped."
        notes = getattr(stop, "__notes__", [])
        for line in (why, *notes, f"To go on: {resume}"):
            click.echo(line, err=True)
        _exit_now(INTERRUPTED)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> None:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def _exit_now(code: int) -> None:
    """End at once: a normal exit would wait for the fits in threads of this process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
