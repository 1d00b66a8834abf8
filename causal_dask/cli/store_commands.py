"""The commands for a store of finished fits."""

from __future__ import annotations

from pathlib import Path

import click

import causal_dask.store as stores
from causal_dask.cli.exit_codes import exit_on_error
from causal_dask.errors import InvalidInput

FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group()
def store() -> None:
    """List, measure or prune a store of finished fits."""


@store.command()
@FOLDER
def ls(folder: Path) -> None:
    """List the results in a store, oldest first."""
    with exit_on_error():
        listed = stores.ls(folder)
    click.echo(listed.to_string(index=False) if len(listed) else "The store is empty.")


@store.command()
@FOLDER
def du(folder: Path) -> None:
    """Say how much a store holds."""
    with exit_on_error():
        usage = stores.du(folder)
    click.echo(f"{usage.bytes / 1e6:,.1f} MB in {usage.n_results:,} results")
    if usage.n_damaged or usage.n_leftovers:
        click.echo(
            f"{usage.n_damaged} damaged files, {usage.n_leftovers} leftovers of interrupted writes"
        )


@store.command()
@FOLDER
@click.option("--older-than", help="Delete results unused for longer than this, such as '30 days'.")
@click.option(
    "--keep", help="Then delete the least recently used, down to this size, such as '10 GB'."
)
@click.option("--dry-run", is_flag=True, help="Only print how much would be freed.")
def prune(folder: Path, older_than: str | None, keep: str | None, dry_run: bool) -> None:
    """Delete damaged results, and those that the options select."""
    with exit_on_error():
        stores.du(folder)
    try:
        freed = stores.prune(folder, older_than=older_than, keep_bytes=keep, dry_run=dry_run)
    except InvalidInput as error:
        message = (
            str(error).replace("'older_than'", "--older-than").replace("'keep_bytes'", "--keep")
        )
        raise click.UsageError(message) from error
    click.echo(f"{freed / 1e6:,.1f} MB {'would be ' if dry_run else ''}freed")
