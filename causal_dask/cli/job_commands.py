"""The commands for job files: write one, check it, show its plan, run it, resume it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
import pandas as pd

from causal_dask.cli.exit_codes import exit_on_error
from causal_dask.cli.output import (
    log_progress,
    open_in_browser,
    print_results,
    print_table,
    print_warnings,
)
from causal_dask.cli.signals import stop_on_signal
from causal_dask.errors import InvalidJob
from causal_dask.jobs.job_file.first_job_file import first_job
from causal_dask.jobs.job_file.read import JobFile, read_job
from causal_dask.jobs.open_job import open_job
from causal_dask.jobs.results.folder import REPORT
from causal_dask.jobs.results.job_as_run import ABOUT, has_results_of
from causal_dask.jobs.run_job import check_job, run_job
from causal_dask.jobs.schema_files import write_schema_beside

DRAWINGS = (".svg", ".dot", ".txt")

NAMES = {"opens": "--open"}
"""Options whose names are not those of their values: ``open`` is a function."""

FILE = click.argument("job", type=click.Path(path_type=Path))


def run_options(command: Any) -> Any:
    """Add the options that say, instead of the job file, where a job runs and its results go."""
    for option in (
        click.option(
            "--output",
            type=click.Path(),
            help="The folder of the results, instead of that in the job file.",
        ),
        click.option("--address", help="Run on the scheduler at this address."),
        click.option(
            "--scheduler-file",
            type=click.Path(),
            help="Run on the scheduler that wrote this file.",
        ),
        click.option(
            "--performance-report",
            type=click.Path(),
            help="Let Dask write its performance report here.",
        ),
        click.option(
            "--open", "opens", is_flag=True, help="Open the report in a browser at the end."
        ),
        click.option("--force", is_flag=True, help="Replace existing results."),
        click.option("--quiet", is_flag=True, help="Show no progress."),
    ):
        command = option(command)
    return command


@click.command()
@FILE
@click.option("--data", type=click.Path(), help="A CSV, Parquet or Arrow file with the rows.")
@click.option("--outcome", help="The column of the outcome.")
@click.option("--treatment", help="The column of the treatment variant.")
@click.option("--force", is_flag=True, help="Replace an existing job file.")
def init(
    job: Path, data: str | None, outcome: str | None, treatment: str | None, force: bool
) -> None:
    """Write a commented job file to start from."""
    with exit_on_error():
        if job.is_dir() or job.exists() and not force:
            advice = "Name a file." if job.is_dir() else "Pass --force to replace it."
            raise InvalidJob(f"{job}: there is something already. {advice}")
        job.write_text(first_job(job, data, outcome, treatment), encoding="utf-8")
        schema = write_schema_beside(job, "job")
    click.echo(
        f"Written: {job}, and {schema.name} for editors. Read it through, then: "
        f"{shlex.join(['causal-dask', 'check', str(job)])}"
    )


@click.command()
@FILE
def check(job: Path) -> None:
    """Check that a job file, its data and its models can be used; nothing is fitted."""
    with exit_on_error():
        opened, summary, told = check_job(read_job(job))
    print_table(opened)
    print_warnings(told)
    click.echo(f"{job} can be run: {summary}.")


@click.command()
@FILE
@click.option(
    "--draw",
    type=click.Path(),
    default="plan.svg",
    show_default=True,
    help=".svg, .dot or .txt; '' for none.",
)
@click.option(
    "--timings",
    type=click.Path(exists=True, path_type=Path),
    help="timings.parquet of an earlier run, from which seconds are predicted.",
)
@click.option("--workers", help="Numbers of workers to predict for, such as 1,8,64.")
def plan(job: Path, draw: str, timings: Path | None, workers: str | None) -> None:
    """Describe and draw what a job would do, and predict its time; nothing is fitted."""
    numbers = None if workers is None else _numbers(workers)
    if draw and Path(draw).suffix not in DRAWINGS:
        raise click.BadParameter(
            f"must end in {', '.join(DRAWINGS)}. Got {draw!r}.", param_hint="--draw"
        )
    with exit_on_error():
        plan = open_job(read_job(job)).plan
        measured = None if timings is None else _timings(timings)
        click.echo(plan.describe(timings=measured, workers=numbers))
        if draw:
            click.echo(f"\nDrawn: {plan.visualize(draw)}")


@click.command()
@FILE
@run_options
@click.option("--unless-done", is_flag=True, help="Do nothing if the results exist already.")
def run(job: Path, unless_done: bool, **options: Any) -> None:
    """Fit and estimate what a job file asks for, and write the folder of results."""
    with exit_on_error():
        file = _overridden(read_job(job), options)
        if unless_done and not options["force"] and _has_results(file, options):
            return
        _run(file, options)


@click.command()
@FILE
@run_options
def resume(job: Path, **options: Any) -> None:
    """Resume a run that was cut short: only what had not finished is run."""
    with exit_on_error():
        file = _overridden(read_job(job), options)
        if not options["force"] and _has_results(file, options):
            return
        store = file.store
        if store is None or not store.is_dir():
            reason = "the job file names no store" if store is None else f"{store} is not a folder"
            raise InvalidJob(
                f"{file.where('store')}: there is nothing to resume, as {reason}. Start with: "
                f"{_command('run', file, options)}"
            )
        _run(file, options)


def _run(file: JobFile, options: dict[str, Any]) -> None:
    report = options["performance_report"]
    with log_progress(quiet=options["quiet"]), stop_on_signal(_command("resume", file, options)):
        finished = run_job(file, force=options["force"], performance_report=report)
        print_results(finished)
    if options["opens"]:
        open_in_browser(finished.report)


def _command(name: str, file: JobFile, options: dict[str, Any]) -> str:
    """A command with the same options, for the user to copy."""
    words = [
        word
        for option, value in options.items()
        if value
        for word in [
            NAMES.get(option, f"--{option.replace('_', '-')}"),
            *([] if value is True else [str(value)]),
        ]
    ]
    return shlex.join(["causal-dask", name, str(file.path), *words])


def _has_results(file: JobFile, options: dict[str, Any]) -> bool:
    """Whether the job's results exist, which is printed; raises if they are another job's."""
    if not (file.output / ABOUT).exists():
        return False
    if not has_results_of(file):
        raise InvalidJob(
            f"{file.where('output')}: the results in {file.output} are of another job file, or "
            "of this one before it was changed. Pass --force to replace them, or name another "
            "output."
        )
    click.echo(f"The results are there already: {file.output}")
    if options["opens"]:
        open_in_browser(file.output / REPORT)
    return True


def _timings(path: Path) -> pd.DataFrame:
    """The timings of an earlier run."""
    try:
        timings = pd.read_parquet(path)
        missing = {"key", "task", "rows", "seconds", "label"} - set(timings)
    except (ValueError, OSError):
        missing = {"rows"}
    if missing:
        raise click.BadParameter(
            f"{path} is not the timings.parquet of a run.", param_hint="--timings"
        )
    return timings


def _overridden(file: JobFile, options: dict[str, Any]) -> JobFile:
    """The job file with the options of the command line."""
    if options["address"] and options["scheduler_file"]:
        raise click.UsageError("--address and --scheduler-file are both given. Leave one out.")
    return file.override(
        output=options["output"],
        address=options["address"],
        scheduler_file=options["scheduler_file"],
    )


def _numbers(text: str) -> list[int]:
    """The whole numbers in a text such as ``1,8,64``."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise click.BadParameter(
            f"must be whole numbers with commas between them, such as 1,8,64. Got {text!r}.",
            param_hint="--workers",
        )
    return numbers
