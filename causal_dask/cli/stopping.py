"""Signals that end a run: it stops cleanly, and says how to go on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from causal_dask.cli.exits import INTERRUPTED

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
"""What batch systems send before they kill; Ctrl-C is Python's own."""


@contextmanager
def stoppable(resume: str) -> Iterator[None]:
    """A run that a signal, or Ctrl-C, ends in order; ``resume`` is the command to go on."""
    before = {number: signal.signal(number, _stop) for number in SIGNALS}
    try:
        yield
    except KeyboardInterrupt as stop:
        why = f"Stopped by {stop.args[0]}." if stop.args else "Stopped."
        notes = getattr(stop, "__notes__", [])
        for line in (why, *notes, f"To go on: {resume}"):
            click.echo(line, err=True)
        _leave(INTERRUPTED)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> None:
    """End as Ctrl-C does."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def _leave(code: int) -> None:
    """End at once: fits that run in threads of this process would be waited for otherwise."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
