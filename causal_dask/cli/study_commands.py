"""The commands for study files: write one, check it, predict what it takes, run it, report it."""

from __future__ import annotations

import re
import secrets
import shlex
from pathlib import Path
from typing import Any

import click

from causal_dask.cli.exit_codes import exit_on_error
from causal_dask.cli.output import log_progress, open_in_browser
from causal_dask.cli.signals import stop_on_signal
from causal_dask.cli.slurm_command import batch_options, write_script
from causal_dask.errors import InvalidJob
from causal_dask.jobs.job_file.run_section import Local, SchedulerFile
from causal_dask.jobs.schema_files import schema_name, write_schema_beside
from causal_dask.jobs.slurm_script import BatchScript
from causal_dask.jobs.studies.run_study import check_has_run, in_brief, run_study, write_report
from causal_dask.jobs.studies.study_file import StudyFile, read_study, study_of
from causal_dask.jobs.templates import TEMPLATES

FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group()
def study() -> None:
    """Run a simulation study: many draws of data whose effects are known."""


@study.command()
@FILE
@click.option("--force", is_flag=True, help="Replace an existing file.")
def init(file: Path, force: bool) -> None:
    """Write a commented study file to start from."""
    with exit_on_error():
        if file.exists() and (file.is_dir() or not force):
            raise InvalidJob(f"{file}: there is something already. Pass --force to replace it.")
        text = TEMPLATES.get_template("study.yaml.j2").render(
            name=file.name, seed=secrets.randbelow(10**6), schema=schema_name("study")
        )
        file.write_text(text, encoding="utf-8")
        schema = write_schema_beside(file, "study")
    click.echo(
        f"Written: {file}, and {schema.name} for editors. Read it through, then: "
        f"{shlex.join(['causal-dask', 'study', 'check', str(file)])}"
    )


@study.command()
@FILE
def check(file: Path) -> None:
    """Run one replication of each setting, and say what fails in it; nothing is kept."""
    with exit_on_error():
        found = study_of(read_study(file)).check()
    click.echo(found.summary()[["mean"]].to_string(float_format="{:.4g}".format))
    click.echo(f"{file} can be run. The numbers above are of one replication.")


@study.command()
@FILE
@click.option("--trials", default=2, show_default=True, type=click.IntRange(1))
def plan(file: Path, trials: int) -> None:
    """Time a few replications of each setting, and say what all of them would take."""
    with exit_on_error():
        click.echo(study_of(read_study(file)).plan(trials))


def _part(_: click.Context, option: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """A part such as 2/10."""
    found = re.fullmatch(r"(\d+)/(\d+)", text or "")
    if text is not None and (found is None or not 1 <= int(found[1]) <= int(found[2])):
        raise click.BadParameter(f"must be a part such as 2/10. Got {text!r}.", param=option)
    return None if found is None else (int(found[1]), int(found[2]))


OPTIONS = (
    click.option("--until", type=float, help="Go on until all Monte Carlo errors are so small."),
    click.option("--part", callback=_part, help="Run a part of the replications, such as 2/10."),
    click.option("--processes", type=click.IntRange(1), help="Processes of this machine."),
    click.option(
        "--scheduler-file", type=click.Path(), help="Run on the scheduler that wrote this file."
    ),
    click.option("--open", "opens", is_flag=True, help="Open the report in a browser at the end."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)


def _with_options(command: Any) -> Any:
    for option in OPTIONS:
        command = option(command)
    return command


@study.command()
@FILE
@_with_options
def run(file: Path, **options: Any) -> None:
    """Run the replications that are missing, and write table, summary and report."""
    _run("run", file, options)


@study.command()
@FILE
@_with_options
def resume(file: Path, **options: Any) -> None:
    """Resume a run that was cut short; the same as run, which never repeats what is there."""
    _run("resume", file, options)


def _run(name: str, file: Path, options: dict[str, Any]) -> None:
    with exit_on_error():
        opened = _overridden(read_study(file), options)
        again = shlex.join(["causal-dask", "study", name, str(file), *_said(options)])
        with log_progress(quiet=options["quiet"]), stop_on_signal(again):
            results = run_study(opened, until=options["until"], part=options["part"])
    click.echo(in_brief(results))
    click.echo(f"The report: {opened.report}")
    if options["opens"]:
        open_in_browser(opened.report)


def _said(options: dict[str, Any]) -> list[str]:
    """The options that say what is run and where, as words of a command."""
    part = options["part"]
    values = {**options, "part": None if part is None else f"{part[0]}/{part[1]}"}
    names = ("until", "part", "processes", "scheduler_file")
    given = [(name, values[name]) for name in names if values[name] is not None]
    return [word for name, value in given for word in (f"--{name.replace('_', '-')}", f"{value}")]


@study.command()
@FILE
@click.option("--open", "opens", is_flag=True, help="Open the report in a browser.")
def report(file: Path, opens: bool) -> None:
    """Write table, summary and report of what has run so far."""
    with exit_on_error():
        opened = read_study(file)
        made = study_of(opened)
        check_has_run(opened)
        results = made.results(opened.output, write=True)
        click.echo(f"{len(results.table):,} measures. The report: ", nl=False)
        click.echo(write_report(opened, made, results))
    if opens:
        open_in_browser(opened.report)


@study.command()
@FILE
@click.option("--script", type=click.Path(path_type=Path), help="Default: FILE.sbatch.")
@click.option("--array", type=click.IntRange(2), help="An array of so many jobs, without steps.")
@batch_options
def slurm(file: Path, script: Path | None, submit: bool, **options: Any) -> None:
    """Write the script that runs FILE on Slurm: one job with steps, or an array of jobs."""
    if options["array"] and (options["nodes"], options["workers_per_node"]) != (1, 1):
        raise click.UsageError("--nodes and --workers-per-node are not for an --array of jobs.")
    with exit_on_error():
        opened = read_study(file)
        study_of(opened)  # finds mistakes here, not after a wait in the queue
        batch = BatchScript(opened, **options, command="study run", options="")
        write_script(batch, script, submit=submit)


def _overridden(file: StudyFile, options: dict[str, Any]) -> StudyFile:
    """The study with the options of a command line."""
    run = file.contents.run
    kept = {name: getattr(run, name) for name in ("retries", "config")}
    if options["scheduler_file"]:
        path = str(Path.cwd() / options["scheduler_file"])
        run = SchedulerFile(where="scheduler-file", scheduler_file=path, **kept)
    elif options["processes"]:
        run = Local(threads=options["processes"], **kept)
    contents = file.contents.model_copy(update={"run": run})
    return StudyFile(file.path, contents, file.lines, file.texts)
