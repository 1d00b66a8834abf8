"""Write a first job file: a commented template, filled in from the data if they are given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData, InvalidInput
from causal_dask.jobs.schema_files import schema_name
from causal_dask.jobs.tables.column import Column, Reading
from causal_dask.jobs.tables.decimal_signs import AmbiguousNumbers
from causal_dask.jobs.tables.describe_columns import looks_like_names
from causal_dask.jobs.tables.open_files import InMemory, blame, in_memory, labels, open_files
from causal_dask.jobs.tables.read_text import NotUtf8
from causal_dask.jobs.templates import TEMPLATES
from causal_dask.sources.file_table import FileTable

FEW = 12
"""The most columns or values that a comment lists."""

MANY = 20
"""The most variants of a treatment: a column with more distinct values is something else."""

CONTROLS = {"control", "ctl", "ctrl", "placebo", "none", "no", "untreated", "usual care", "0"}
"""Usual names of a control."""

EVENTS = {"yes", "y", "true", "ja", "oui", "si", "sí", "1", "event", "success", "positive", "case"}
"""Usual names of a class that is an event."""

WINDOWS = "cp1252"
"""The encoding of most files that are not in UTF-8."""


def first_job(job: Path, data: str | None, outcome: str | None, treatment: str | None) -> str:
    """The text of a commented job file; placeholders stand for what is not given.

    A relative path of the data starts from the working folder, as on any command line.
    """
    values: dict[str, Any] = {
        "data": data or "study.csv",
        "outcome": outcome or "outcome",
        "treatment": treatment or "treatment",
        "columns": None,
        "exclude": [],
        "control": None,
        "variants": None,
        "event": None,
        "classes": None,
        "n_classes": 0,
        "has_words": False,
        "n_gaps": 0,
        "encoding": None,
        "ambiguous": None,
    }
    if data is not None:
        values |= _values_from_data(job, data, outcome, treatment)
    return TEMPLATES.get_template("job.yaml.j2").render(
        **values, text=_as_yaml, schema=schema_name("job")
    )


def _as_yaml(value: Any) -> str:
    """A value as text that YAML reads back."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _values_from_data(
    job: Path, data: str, outcome: str | None, treatment: str | None
) -> dict[str, Any]:
    """The values of the template that the data suggest."""
    path = Path(data).expanduser().absolute()
    table, encoding = _opened(str(path))
    named = {"--outcome": outcome, "--treatment": treatment}
    for option, name in named.items():
        if name is not None and name not in table.columns:
            raise InvalidData(
                f"{option}: {data} has no column {name!r}. It has the columns "
                f"{_listed(table.columns)}."
            )
    with blame(str(path), str(path)):
        covariates, ambiguous = _columns(
            table, [c for c in table.columns if c not in named.values()]
        )
        exclude = [column.name for column in covariates if not _is_covariate(column)]
        kept = [column for column in covariates if column.name not in exclude]
        return {
            "data": os.path.relpath(path, job.absolute().parent),
            "columns": _listed([*(column.name for column in kept), *ambiguous]),
            "exclude": exclude,
            **({} if treatment is None else _variants(labels(table, treatment).series)),
            **({} if outcome is None else _classes(labels(table, outcome))),
            "has_words": any(column.kind == "categories" for column in kept),
            "n_gaps": 0 if outcome is None else int(table.words(outcome).isna().sum()),
            "encoding": encoding,
            "ambiguous": next(iter(ambiguous.values()), None),
        }


def _opened(path: str) -> tuple[InMemory, str | None]:
    """The table in memory, and the encoding of a text file that is not in UTF-8: a guess."""
    reading, encoding = Reading(), None
    try:
        opened = open_files([path], path, reading)
    except InvalidData as error:
        if not isinstance(error.__cause__, NotUtf8):
            raise
        reading, encoding = replace(reading, encoding=WINDOWS), WINDOWS
        opened = open_files([path], path, reading)
    columns = opened.columns if isinstance(opened, FileTable) else ()
    return in_memory(opened, columns, reading), encoding


def _columns(table: InMemory, names: Sequence[str]) -> tuple[list[Column], dict[str, str]]:
    """The columns whose kind is clear, and of the others what can be read in two ways."""
    found, ambiguous = [], {}
    for name in names:
        try:
            found.append(table.column(name))
        except AmbiguousNumbers as error:
            ambiguous[name] = str(error)
        except InvalidInput:  # a type that models do not take
            found.append(Column(name, "dates", pd.Series(dtype=object)))
    return found, ambiguous


def _variants(treatment: pd.Series[Any]) -> dict[str, Any]:
    """The likely control, if it has to be named, and all variants."""
    values = sorted(treatment.dropna().unique().tolist(), key=str)
    if len(values) > MANY:
        raise InvalidData(
            f"--treatment: {treatment.name!r} has {len(values)} different values, but variants are "
            "a few. Name the column of the groups that are compared, or make groups of it."
        )
    if values == list(range(len(values))):
        return {"control": None}
    usual = next((value for value in values if str(value).lower() in CONTROLS), None)
    return {"control": values[0] if usual is None else usual, "variants": _listed(values)}


def _classes(outcome: Column) -> dict[str, Any]:
    """The number of an outcome's classes, 0 if it is a number, and the likely event of two."""
    values = sorted(outcome.series.dropna().unique().tolist(), key=str)
    if outcome.kind == "numbers" and set(values) != {0, 1}:
        return {"n_classes": 0}
    usual = [value for value in values if str(value).lower() in EVENTS]
    event = (usual or values)[-1] if len(values) == 2 and outcome.kind != "numbers" else None
    return {"n_classes": len(values), "event": event, "classes": _listed(values)}


def _is_covariate(column: Column) -> bool:
    """Whether a column has values that are no dates, and do not name the rows."""
    if column.kind in {"empty", "dates"} or column.name.startswith("Unnamed: "):
        return False
    return not (len(column.series) > MANY and looks_like_names(column))


def _listed(names: Iterable[Any]) -> str:
    """Columns or values for a comment: the first few, and how many more there are."""
    shown = [repr(name) if isinstance(name, str) else str(name) for name in names]
    more = f" and {len(shown) - FEW} more" if len(shown) > FEW else ""
    return ", ".join(shown[:FEW]) + more
