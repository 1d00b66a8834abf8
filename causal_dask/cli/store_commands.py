"""The commands about a store of finished fits."""

from __future__ import annotations

from pathlib import Path

import click

import causal_dask.store as stores
from causal_dask.cli.exits import telling
from causal_dask.errors import InvalidInput

FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group()
def store() -> None:
    """Look into a store of finished fits, or make it smaller."""


@store.command()
@FOLDER
def ls(folder: Path) -> None:
    """List the results in a store, oldest first."""
    with telling():
        listed = stores.ls(folder)
    click.echo(listed.to_string(index=False) if len(listed) else "The store is empty.")


@store.command()
@FOLDER
def du(folder: Path) -> None:
    """Say how much a store holds."""
    with telling():
        usage = stores.du(folder)
    click.echo(f"{usage.bytes / 1e6:,.1f} MB in {usage.n_results:,} results")
    if usage.n_damaged or usage.n_leftovers:
        click.echo(f"{usage.n_damaged} damaged files, {usage.n_leftovers} leftovers of writers")


@store.command()
@FOLDER
@click.option("--older-than", help="Delete what was not used for so long, such as '30 days'.")
@click.option(
    "--keep", help="Then delete what was used longest ago, down to this, such as '10 GB'."
)
@click.option("--dry-run", is_flag=True, help="Only say how much would be freed.")
def prune(folder: Path, older_than: str | None, keep: str | None, dry_run: bool) -> None:
    """Delete damaged results, and those that the options say."""
    with telling():
        stores.du(folder)
    try:
        freed = stores.prune(folder, older_than=older_than, keep_bytes=keep, dry_run=dry_run)
    except InvalidInput as error:
        said = str(error).replace("'older_than'", "--older-than").replace("'keep_bytes'", "--keep")
        raise click.UsageError(said) from error
    click.echo(f"{freed / 1e6:,.1f} MB {'would be ' if dry_run else ''}freed")
