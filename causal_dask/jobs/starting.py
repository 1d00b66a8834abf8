"""A first job file: a template, filled in from the data if there are any."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData
from causal_dask.jobs.report import PAGES
from causal_dask.jobs.tables import first_rows

FEW = 12
"""How many columns or values are listed in a comment."""

MANY = 20
"""A treatment with more different numbers is no variant."""

CONTROLS = {"control", "ctl", "ctrl", "placebo", "none", "no", "untreated", "usual care", "0"}
"""What a control is usually called."""


def first_job(job: Path, data: str | None, outcome: str | None, treatment: str | None) -> str:
    """The text of a commented job file; what is not given is left to be written.

    The path of the data starts from the working directory, as on any command line.
    """
    said: dict[str, Any] = {
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
        said |= _seen(job, data, outcome, treatment)
    return PAGES.get_template("job.yaml.j2").render(**said, text=_quoted)


def _quoted(value: Any) -> str:
    """A value as YAML reads it again."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _seen(job: Path, data: str, outcome: str | None, treatment: str | None) -> dict[str, Any]:
    """What a look at the data tells."""
    path = Path(data).expanduser().absolute()
    sample = first_rows(str(path))
    named = {"--outcome": outcome, "--treatment": treatment}
    for option, name in named.items():
        if name is not None and name not in sample:
            raise InvalidData(
                f"{option}: {data} has no column {name!r}. It has the columns {_few(sample)}."
            )
    covariates = sample.drop(columns=[name for name in named.values() if name])
    exclude = [str(name) for name in covariates if _is_no_covariate(covariates[name])]
    kept = covariates.drop(columns=exclude)
    return {
        "data": os.path.relpath(path, job.absolute().parent),
        "columns": _few(kept),
        "exclude": exclude,
        **({} if treatment is None else _of_treatment(sample[treatment])),
        "n_classes": 0 if outcome is None else _n_classes(sample[outcome]),
        "has_words": bool(len(kept.select_dtypes(exclude=["number", "bool"]).columns)),
    }


def _of_treatment(treatment: pd.Series) -> dict[str, Any]:
    """The control, if it has to be named, and the values to choose it from."""
    values = sorted(treatment.dropna().unique().tolist(), key=str)
    if len(values) > MANY:
        raise InvalidData(
            f"--treatment: {treatment.name!r} has {len(values)} different values, but variants are "
            "a few. Name the column of the groups that are compared, or make groups of it."
        )
    if values == list(range(len(values))):
        return {"control": None}
    usual = next((value for value in values if str(value).lower() in CONTROLS), None)
    return {"control": values[0] if usual is None else usual, "variants": _few(values)}


def _n_classes(outcome: pd.Series) -> int:
    """How many classes an outcome has; 0 if it is a number."""
    is_number = pd.api.types.is_numeric_dtype(outcome) and outcome.dtype != bool
    values = outcome.dropna().unique()
    if is_number and set(values.tolist()) != {0, 1}:
        return 0
    return len(values)


def _is_no_covariate(column: pd.Series) -> bool:
    """Whether a column is empty, a date, or words that are different in each row, as names are."""
    if column.isna().all() or pd.api.types.is_datetime64_any_dtype(column):
        return True
    if pd.api.types.is_numeric_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return False
    return len(column) > MANY and column.nunique() > 0.9 * len(column) or _is_date(column)


def _is_date(column: pd.Series) -> bool:
    """Whether words are dates."""
    words = column.dropna().astype(str)
    looks = words.head(MANY).str.match(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
    return bool(looks.all())


def _few(names: Iterable[Any]) -> str:
    shown = [repr(name) if isinstance(name, str) else str(name) for name in names]
    more = f" and {len(shown) - FEW} more" if len(shown) > FEW else ""
    return ", ".join(shown[:FEW]) + more
