"""What commands print, and how a run is followed: bars on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from causal_dask.jobs.running import Done


@contextmanager
def followed(*, quiet: bool) -> Iterator[None]:
    """Let a run tell how far it is, on the standard error; what loggers were set to comes back."""
    own, dask = logging.getLogger("causal_dask"), logging.getLogger("distributed")
    before = (own.level, own.propagate, dask.level)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    own.addHandler(handler)
    own.setLevel(logging.WARNING if quiet else logging.INFO)
    own.propagate = False
    dask.setLevel(logging.ERROR)
    try:
        yield
    finally:
        own.removeHandler(handler)
        own.setLevel(before[0])
        own.propagate = before[1]
        dask.setLevel(before[2])


def show(done: Done) -> None:
    """The average effects, and where everything is."""
    level = done.work.file.job.estimate.level
    for name, ate in done.found.ate.items():
        for label, row in ate.to_frame(level).iterrows():
            click.echo(
                f"{name}, {label} against {ate.variants[0]}: {row['estimate']:.4g} "
                f"({100 * level:g} %: {row['lower']:.4g} to {row['upper']:.4g})"
            )
    for name, why in done.found.not_estimated.items():
        click.echo(f"{name}: no average effect. {why}")
    click.echo(f"Done in {done.seconds:.1f} s. The report: {done.output / 'report.html'}")
