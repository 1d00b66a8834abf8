"""The commands about a job file: write one, check it, look at its plan, run it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
import pandas as pd

from causal_dask.cli.exits import telling
from causal_dask.cli.showing import followed, show
from causal_dask.cli.stopping import stoppable
from causal_dask.errors import InvalidJob
from causal_dask.jobs.job import work_of
from causal_dask.jobs.reading import JobFile, read_job
from causal_dask.jobs.results import is_of_this_job
from causal_dask.jobs.running import in_short, output_of, run_job
from causal_dask.jobs.starting import first_job

DRAWINGS = (".svg", ".dot", ".txt")

FILE = click.argument("job", type=click.Path(path_type=Path))


def places(command: Any) -> Any:
    """Options that say where it runs, and where results go, instead of the job file."""
    for option in (
        click.option("--output", help="The folder of the results, instead of the job file's."),
        click.option("--address", help="Run on the scheduler at this address."),
        click.option("--scheduler-file", help="Run on the scheduler that has written this file."),
        click.option("--performance-report", help="Let Dask write its performance report here."),
        click.option("--force", is_flag=True, help="Replace results that are there."),
        click.option("--quiet", is_flag=True, help="Say nothing of how far it is."),
    ):
        command = option(command)
    return command


@click.command()
@FILE
@click.option("--data", help="A CSV, Parquet or Arrow file with the rows.")
@click.option("--outcome", help="The column of the outcome.")
@click.option("--treatment", help="The column of the treatment variant.")
@click.option("--force", is_flag=True, help="Replace a job file that is there.")
def init(
    job: Path, data: str | None, outcome: str | None, treatment: str | None, force: bool
) -> None:
    """Write a commented job file to start from."""
    with telling():
        if job.is_dir() or job.exists() and not force:
            advice = "Name a file." if job.is_dir() else "Pass --force to replace it."
            raise InvalidJob(f"{job}: there is something already. {advice}")
        job.write_text(first_job(job, data, outcome, treatment), encoding="utf-8")
    click.echo(
        f"Written: {job}. Look through it, then: {shlex.join(['causal-dask', 'check', str(job)])}"
    )


@click.command()
@FILE
def check(job: Path) -> None:
    """See whether a job file, its data and its models can be used, without fitting anything."""
    with telling():
        told = in_short(work_of(read_job(job)))
    click.echo(f"{job} can be run: {told}.")


@click.command()
@FILE
@click.option(
    "--draw", default="plan.svg", show_default=True, help=".svg, .dot or .txt; '' for none."
)
@click.option(
    "--timings",
    type=click.Path(exists=True, path_type=Path),
    help="timings.parquet of a run before, from which seconds are predicted.",
)
@click.option("--workers", help="Numbers of workers to predict for, such as 1,8,64.")
def plan(job: Path, draw: str, timings: Path | None, workers: str | None) -> None:
    """Describe and draw what a job would do, and predict its time, without fitting anything."""
    numbers = None if workers is None else _numbers(workers)
    if draw and Path(draw).suffix not in DRAWINGS:
        raise click.BadParameter(
            f"must end in {', '.join(DRAWINGS)}. Got {draw!r}.", param_hint="--draw"
        )
    with telling():
        work = work_of(read_job(job))
        measured = None if timings is None else _timings(timings)
        click.echo(work.plan.describe(timings=measured, workers=numbers))
        if draw:
            click.echo(f"\nDrawn: {work.plan.visualize(draw)}")


@click.command()
@FILE
@places
@click.option("--unless-done", is_flag=True, help="Do nothing if the results are there.")
def run(job: Path, unless_done: bool, **options: Any) -> None:
    """Fit and estimate what a job file asks for, and write the folder of results."""
    with telling():
        file = _placed(read_job(job), options)
        if unless_done and not options["force"] and _is_done(file):
            return
        _run(file, options)


@click.command()
@FILE
@places
def resume(job: Path, **options: Any) -> None:
    """Go on with a run that was cut short: only what had not finished is run."""
    with telling():
        file = _placed(read_job(job), options)
        if not options["force"] and _is_done(file):
            return
        store = file.job.store
        if store is None or not file.located(store).is_dir():
            at = "The job file names none" if store is None else f"{file.located(store)} is none"
            raise InvalidJob(
                f"{file.where('store')}: nothing to resume, for want of a store. {at}. Start with: "
                f"{_command('run', file, options)}"
            )
        _run(file, options)


def _run(file: JobFile, options: dict[str, Any]) -> None:
    with followed(quiet=options["quiet"]), stoppable(_command("resume", file, options)):
        show(
            run_job(file, force=options["force"], performance_report=options["performance_report"])
        )


def _command(name: str, file: JobFile, options: dict[str, Any]) -> str:
    """A command with the same options, to be copied."""
    said = [
        word
        for option, value in options.items()
        if value
        for word in [f"--{option.replace('_', '-')}", *([] if value is True else [str(value)])]
    ]
    return shlex.join(["causal-dask", name, str(file.path), *said])


def _is_done(file: JobFile) -> bool:
    """Whether the results of this job are there; says so."""
    output = output_of(file)
    if not (output / "about.json").exists():
        return False
    if not is_of_this_job(file, output):
        raise InvalidJob(
            f"{file.where('output')}: the results in {output} are of another job file, or of this "
            "one before it was changed. Pass --force to replace them, or name another output."
        )
    click.echo(f"The results are there already: {output}")
    return True


def _timings(path: Path) -> pd.DataFrame:
    """The timings of a run before."""
    try:
        timings = pd.read_parquet(path)
        missing = {"key", "task", "rows", "seconds", "label"} - set(timings)
    except (ValueError, OSError):
        missing = {"rows"}
    if missing:
        raise click.BadParameter(f"{path} is no timings.parquet of a run.", param_hint="--timings")
    return timings


def _placed(file: JobFile, options: dict[str, Any]) -> JobFile:
    """The job file as the command line alters it."""
    if options["address"] and options["scheduler_file"]:
        raise click.UsageError("--address and --scheduler-file are both given. Leave one out.")
    return file.altered(
        output=options["output"],
        address=options["address"],
        scheduler_file=options["scheduler_file"],
    )


def _numbers(text: str) -> list[int]:
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
