"""The command that predicts new rows from a folder of results."""

from __future__ import annotations

import warnings
from pathlib import Path

import click

from causal_dask.cli.exit_codes import exit_on_error
from causal_dask.jobs.predict_new_rows import predict_new_rows


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path())
@click.option(
    "--output", "-o", default="cate.parquet", show_default=True, type=click.Path(path_type=Path)
)
@click.option("--learner", "learners", multiple=True, help="One of the learners; default: all.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
def predict(
    results: Path, table: str, output: Path, learners: tuple[str, ...], force: bool
) -> None:
    """Estimate the effects of the rows in TABLE with the learners saved in RESULTS."""
    with exit_on_error(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        n_rows = predict_new_rows(results, table, output, learners, force=force)
    for text in dict.fromkeys(str(warned.message) for warned in caught):
        click.echo(f"Warning: {text}", err=True)
    click.echo(f"Written: the effects of {n_rows:,} rows, {output}")
