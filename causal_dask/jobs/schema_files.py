"""The JSON schemas in the package, by which editors check job and study files."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

Kind = Literal["job", "study"]


def schema_text(kind: Kind) -> str:
    """The text of a schema."""
    shipped = files("causal_dask.jobs") / "templates" / f"{kind}.schema.json"
    return shipped.read_text(encoding="utf-8")


def schema_name(kind: Kind) -> str:
    """The name of a schema's file beside the files that it describes."""
    return f"causal-dask-{kind}.schema.json"


def write_schema_beside(file: Path, kind: Kind) -> Path:
    """Write a schema into the folder of a file, which names it in its first line.

    An earlier version is replaced: nobody but this function writes a file of this name.
    """
    path = file.with_name(schema_name(kind))
    path.write_text(schema_text(kind), encoding="utf-8")
    return path
