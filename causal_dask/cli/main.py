"""The command ``causal-dask`` and its sub-commands."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

import click


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; the entry point of the installed program."""
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, _end)  # once a run has begun, it handles signals itself
    from causal_dask.cli.commands import causal  # noqa: PLC0415 - signals are handled first

    causal(arguments, prog_name="causal-dask")


def _end(number: int, frame: object) -> None:
    """End at once with the code for "resume": nothing has been done yet."""
    del number, frame
    os._exit(75)


@click.command("causal", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dask_causal(arguments: tuple[str, ...]) -> None:
    """Estimate treatment effects as a job file says; the same as causal-dask."""
    main(list(arguments))
