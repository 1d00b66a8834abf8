"""The command that writes a batch script for Slurm, and submits it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from causal_dask.cli.exit_codes import exit_on_error
from causal_dask.jobs.job_file.read import read_job
from causal_dask.jobs.open_job import open_job
from causal_dask.jobs.slurm_script import BatchScript, check_store
from causal_dask.jobs.slurm_script import submit as submit_script

BATCH_OPTIONS = (
    click.option(
        "--time", "wall_time", default="01:00:00", show_default=True, help="The wall time."
    ),
    click.option("--nodes", default=1, show_default=True, type=click.IntRange(1)),
    click.option("--workers-per-node", default=1, show_default=True, type=click.IntRange(1)),
    click.option("--cpus-per-worker", default=1, show_default=True, type=click.IntRange(1)),
    click.option("--memory-per-cpu", help="Such as 4G; default: that of Slurm."),
    click.option("--partition", help="Default: that of Slurm."),
    click.option(
        "--stop-before",
        default=120,
        show_default=True,
        type=click.IntRange(1, 65535),
        help="Seconds before the wall time at which the run stops, to be resumed.",
    ),
    click.option(
        "--requeue", is_flag=True, help="Let it return to the queue by itself until it is done."
    ),
    click.option(
        "--sbatch", "extra", multiple=True, help="Another option of sbatch, such as --account=x."
    ),
    click.option("--submit", is_flag=True, help="Submit the script."),
)


def batch_options(command: Any) -> Any:
    """Add what a batch script is told of the queue."""
    for option in reversed(BATCH_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("job", type=click.Path(path_type=Path))
@click.option(
    "--script", type=click.Path(path_type=Path), help="The file to write; default: JOB.sbatch."
)
@batch_options
def slurm(job: Path, script: Path | None, submit: bool, **options: Any) -> None:
    """Write the script that runs JOB on Slurm: scheduler, workers and client as its steps."""
    with exit_on_error():
        file = read_job(job)
        check_store(file)
        open_job(file).plan  # noqa: B018 - finds mistakes here, not after a wait in the queue
        write_script(BatchScript(file, **options), script, submit=submit)


def write_script(batch: BatchScript, script: Path | None, *, submit: bool) -> None:
    """Write a batch script, beside its file unless told otherwise, and submit it if asked to."""
    script = script or batch.file.path.with_suffix(".sbatch")
    script.write_text(batch.text(), encoding="utf-8")
    click.echo(f"Written: {script}")
    click.echo(submit_script(script) if submit else f"Submit it with: sbatch {script}")
