"""What a run prints: its progress on the standard error, its results on the standard output."""

from __future__ import annotations

import logging
import sys
import webbrowser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from causal_dask.jobs.each.each_estimates import EachEstimates
from causal_dask.jobs.each.each_job import EachJob
from causal_dask.jobs.each.split_table import rows_by_arm
from causal_dask.jobs.job import Job
from causal_dask.jobs.run_job import FinishedJob
from causal_dask.jobs.tables.describe_columns import as_frame


@contextmanager
def log_progress(*, quiet: bool) -> Iterator[None]:
    """Print progress and warnings on the standard error; loggers are restored afterwards."""
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


def print_table(job: Job) -> None:
    """Print what was read of each column, the rows of each variant, and what is strange."""
    description = job.table.description
    click.echo(as_frame(description.columns).to_string(max_rows=None))
    arms = ", ".join(f"{n_rows:,} of {arm}" for arm, n_rows in description.arms)
    click.echo(f"\nRows by variant: {arms}.")
    if isinstance(job, EachJob):
        click.echo(f"\n{rows_by_arm(job.tables).to_string(max_rows=None)}\n")
    if description.n_dropped:
        click.echo(f"{description.n_dropped:,} rows have no outcome and are left out.")
    print_warnings(job.table_warnings)


def print_warnings(told: Iterable[str]) -> None:
    """Print each warning once."""
    for warning in dict.fromkeys(told):
        click.echo(f"Warning: {warning}")


def print_results(finished: FinishedJob) -> None:
    """Print the results in a few lines, and where the report is."""
    estimates = finished.estimates
    if isinstance(estimates, EachEstimates):
        _print_tables(estimates)
    for line in finished.lines:
        click.echo(line)
    what = "results" if finished.report == finished.output else "report"
    click.echo(f"Done in {finished.seconds:.1f} s. The {what}: {finished.report}")


def _print_tables(estimates: EachEstimates) -> None:
    """Print the average effects of each table, pooled ones, and how much they differ."""
    for part in ("estimates", "pooled", "heterogeneity"):
        frame = estimates.frame(part)
        click.echo(f"{frame.to_string(index=False, float_format='{:.4g}'.format)}\n")


def open_in_browser(page: Path) -> None:
    """Open a page in the browser of this machine; says so if there is none, or no page."""
    if not page.exists():
        click.echo(f"There is no report to open: {page} could not be written, or was removed.")
        return
    try:
        opened = webbrowser.open(page.absolute().as_uri())
    except webbrowser.Error:
        opened = False
    if not opened:
        click.echo(f"There is no browser here. Copy this file to where there is one: {page}")
