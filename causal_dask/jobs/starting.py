"""A first job file: a template, filled in from the data if there are any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData
from causal_dask.jobs.report import PAGES
from causal_dask.jobs.tables import columns_of_table

FEW = 12
"""How many different values words in a job file's comments may have to be listed."""


def first_job(job: Path, data: str | None, outcome: str | None, treatment: str | None) -> str:
    """The text of a commented job file; what is not given is left to be written."""
    said: dict[str, Any] = {
        "data": data or "study.csv",
        "outcome": outcome or "outcome",
        "treatment": treatment or "treatment",
        "columns": None,
        "control": None,
        "is_class": False,
        "has_words": False,
    }
    if data is not None:
        said |= _seen(job, data, outcome, treatment)
    return PAGES.get_template("job.yaml.j2").render(**said, text=json.dumps)


def _seen(job: Path, data: str, outcome: str | None, treatment: str | None) -> dict[str, Any]:
    """What a look at the data tells."""
    sample = columns_of_table(str(job.absolute().parent / Path(data).expanduser()))
    named = {"--outcome": outcome, "--treatment": treatment}
    for option, name in named.items():
        if name is not None and name not in sample:
            raise InvalidData(
                f"{option}: {data} has no column {name!r}. It has the columns "
                f"{', '.join(map(str, sample))}."
            )
    covariates = sample.drop(columns=[name for name in named.values() if name])
    return {
        "columns": ", ".join(map(str, covariates)),
        "control": None if treatment is None else _control(sample[treatment]),
        "is_class": outcome is not None and _is_class(sample[outcome]),
        "has_words": bool(len(covariates.select_dtypes(exclude=["number", "bool"]).columns)),
    }


def _control(treatment: pd.Series) -> Any:
    """The control among the treatment's values, if it has to be named: a guess, to be looked at."""
    values = sorted(treatment.dropna().unique().tolist(), key=str)
    if values == list(range(len(values))):
        return None
    usual = {"control", "placebo", "none", "no", "untreated", "0"}
    return next((value for value in values if str(value).lower() in usual), values[0])


def _is_class(outcome: pd.Series) -> bool:
    """Whether an outcome is one of two classes."""
    return outcome.nunique() == 2
