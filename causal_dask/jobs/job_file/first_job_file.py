"""Write a first job file: a commented template, filled in from the data if they are given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData
from causal_dask.jobs.tables.open_files import first_rows
from causal_dask.jobs.tables.open_table import HEAD
from causal_dask.jobs.templates import TEMPLATES

FEW = 12
"""The most columns or values that a comment lists."""

MANY = 20
"""The most variants of a treatment: a column with more distinct values is something else."""

CONTROLS = {"control", "ctl", "ctrl", "placebo", "none", "no", "untreated", "usual care", "0"}
"""Usual names of a control."""


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
        "n_classes": 0,
        "has_words": False,
    }
    if data is not None:
        values |= _values_from_data(job, data, outcome, treatment)
    return TEMPLATES.get_template("job.yaml.j2").render(**values, text=_as_yaml)


def _as_yaml(value: Any) -> str:
    """A value as text that YAML reads back."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _values_from_data(
    job: Path, data: str, outcome: str | None, treatment: str | None
) -> dict[str, Any]:
    """The values of the template that the first rows of the data suggest."""
    path = Path(data).expanduser().absolute()
    sample = first_rows(str(path), HEAD)
    named = {"--outcome": outcome, "--treatment": treatment}
    for option, name in named.items():
        if name is not None and name not in sample:
            raise InvalidData(
                f"{option}: {data} has no column {name!r}. It has the columns {_listed(sample)}."
            )
    covariates = sample.drop(columns=[name for name in named.values() if name])
    exclude = [str(name) for name in covariates if _is_not_a_covariate(covariates[name])]
    kept = covariates.drop(columns=exclude)
    return {
        "data": os.path.relpath(path, job.absolute().parent),
        "columns": _listed(kept),
        "exclude": exclude,
        **({} if treatment is None else _control_and_variants(sample[treatment])),
        "n_classes": 0 if outcome is None else _n_classes(sample[outcome]),
        "has_words": bool(len(kept.select_dtypes(exclude=["number", "bool"]).columns)),
    }


def _control_and_variants(treatment: pd.Series) -> dict[str, Any]:
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


def _n_classes(outcome: pd.Series) -> int:
    """The number of an outcome's classes; 0 if it is a number."""
    is_number = pd.api.types.is_numeric_dtype(outcome) and outcome.dtype != bool
    values = outcome.dropna().unique()
    if is_number and set(values.tolist()) != {0, 1}:
        return 0
    return len(values)


def _is_not_a_covariate(column: pd.Series) -> bool:
    """Whether a column is empty, a date, or words that differ from row to row, as names do."""
    if column.isna().all() or pd.api.types.is_datetime64_any_dtype(column):
        return True
    if pd.api.types.is_numeric_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return False
    return len(column) > MANY and column.nunique() > 0.9 * len(column) or _is_date(column)


def _is_date(column: pd.Series) -> bool:
    """Whether a column of words holds dates."""
    words = column.dropna().astype(str)
    are_dates = words.head(MANY).str.match(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
    return bool(are_dates.all())


def _listed(names: Iterable[Any]) -> str:
    """Columns or values for a comment: the first few, and how many more there are."""
    shown = [repr(name) if isinstance(name, str) else str(name) for name in names]
    more = f" and {len(shown) - FEW} more" if len(shown) > FEW else ""
    return ", ".join(shown[:FEW]) + more
