"""The commands for editors and shells: schemas of files, scripts that complete commands."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click
from click.shell_completion import get_completion_class

from causal_dask.cli.exit_codes import exit_on_error
from causal_dask.jobs.schema_files import Kind, schema_text

PROGRAM, VARIABLE = "causal-dask", "_CAUSAL_DASK_COMPLETE"
"""The program, and the variable by which a shell asks it for completions."""


@click.command()
@click.argument("kind", type=click.Choice(["job", "study"]))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write it into this file instead."
)
def schema(kind: str, output: Path | None) -> None:
    """Print the JSON schema of job or study files, by which editors complete and check them."""
    text = schema_text(cast("Kind", kind))
    if output is None:
        click.echo(text, nl=False)
        return
    with exit_on_error():
        output.write_text(text, encoding="utf-8")
    click.echo(f"Written: {output}")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands in a shell, and their options and files."""
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"This version of click does not know {shell}.")
    program = ctx.find_root().command
    click.echo(made(program, {}, PROGRAM, VARIABLE).source())
