"""What the command line says where its packages are missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

EXTRA = "pip install 'causal-dask[cli]'"


@contextmanager
def exit_without_extra() -> Iterator[None]:
    """End with a message if a package that an import in the block needs is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("causal_dask"):
            raise
        click.echo(
            f"The command line needs the package {error.name!r}, which is not installed. Install "
            f"it with: {EXTRA}",
            err=True,
        )
        sys.exit(6)
