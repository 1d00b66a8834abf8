"""All commands, in the order in which a user meets them."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

import causal_dask
from causal_dask.cli.extra import exit_without_extra


class Listed(NamedTuple):
    """A command's module, how its help begins, and whether its arguments are files."""

    module: str
    help: str
    takes_files: bool = True


COMMANDS = {
    "init": Listed("job_commands", "Write a commented job file to start from."),
    "check": Listed("job_commands", "Check that a job file, its data and its models can be used."),
    "plan": Listed("job_commands", "Describe and draw what a job would do, and predict its time."),
    "run": Listed("job_commands", "Fit and estimate what a job file asks for."),
    "resume": Listed("job_commands", "Resume a run that was cut short."),
    "predict": Listed("predict_command", "Estimate the effects of the rows in TABLE."),
    "slurm": Listed("slurm_command", "Write the script that runs JOB on Slurm."),
    "study": Listed("study_commands", "Run a simulation study.", takes_files=False),
    "store": Listed(
        "store_commands", "List, measure or prune a store of finished fits.", takes_files=False
    ),
    "schema": Listed(
        "editor_commands", "Print the JSON schema of job or study files.", takes_files=False
    ),
    "completion": Listed(
        "editor_commands",
        "Print the script that completes commands in a shell.",
        takes_files=False,
    ),
}


def imported(name: str) -> click.Command:
    """The command of this name."""
    with exit_without_extra():
        module = import_module(f"causal_dask.cli.{COMMANDS[name].module}")
    command: click.Command = getattr(module, name)
    return command


class Completed(click.Command):
    """Stands for a command while a shell completes its line: only options need its module."""

    def __init__(self, name: str) -> None:
        files = click.Argument(["files"], nargs=-1, type=click.Path())
        settings = {"ignore_unknown_options": True}
        super().__init__(name, params=[files], context_settings=settings)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The options of the command."""
        return imported(str(self.name)).shell_complete(ctx, incomplete)


class Commands(click.Group):
    """The commands of ``COMMANDS``; a command's module is imported when the command is used.

    All of them take a second to import, which is long for a list.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing and COMMANDS[cmd_name].takes_files:
            return Completed(cmd_name)
        return imported(cmd_name)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands and options that begin so; no command is imported for it."""
        found = [
            CompletionItem(name, help=listed.help)
            for name, listed in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.help) for name, listed in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(causal_dask.__version__, prog_name="causal-dask")
def causal() -> None:
    """Estimate heterogeneous treatment effects, as a job file says.

    \b
      causal-dask init --data my.csv --outcome y --treatment w
      causal-dask check job.yaml
      causal-dask run job.yaml

    Exit codes: 0 done; 2 a wrong command line; 3 a bad job file; 4 bad data; 5 a model failed;
    6 a cluster, package or file cannot be used; 75 interrupted: resume.
    """  # noqa: D301 - after a real backspace, click leaves lines as they are
