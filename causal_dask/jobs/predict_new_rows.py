"""Predict the effects of new rows with the learners in a folder of results."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, InvalidJob, warn
from causal_dask.jobs.estimates import effects_of
from causal_dask.jobs.job_file.read import JobFile, read_job
from causal_dask.jobs.results.folder import LEARNERS
from causal_dask.jobs.results.job_as_run import ABOUT, JOB
from causal_dask.jobs.tables.open_table import new_rows_table
from causal_dask.saving.load import load
from causal_dask.sources.pyarrow import write_frame
from causal_dask.sources.whole_file import whole_file

WRITERS: dict[str, Callable[[pd.DataFrame, BinaryIO], None]] = {
    ".parquet": write_frame,
    ".csv": lambda frame, file: frame.to_csv(file, index=False, mode="wb"),
}
"""The writers of effects, by the ending of the file."""


def predict_new_rows(
    results: Path, table: str, output: Path, names: Sequence[str], *, force: bool
) -> int:
    """Write the effects of a table's rows into a file, and return the number of rows."""
    _check_output(output, force=force)
    file = _job_of(results)
    if file.contents.data.each is not None:
        raise InvalidInput(
            f"The job of {results} compares several tables by 'data.each', and keeps no learners. "
            "Write a job for the table whose learners are to predict."
        )
    _check_new_rows(results, file)
    folders = {name: results / LEARNERS / name for name in _chosen(results, file, names)}
    learners = {name: load(folder) for name, folder in folders.items()}
    features = next(iter(learners.values())).feature_names_in_
    about = json.loads((results / ABOUT).read_text(encoding="utf-8"))
    rows = new_rows_table(file, [str(name) for name in features], table, table, about["kinds"])
    for remark in rows.description.warnings:
        warn(remark, CausalDaskWarning)
    effects = effects_of(learners, rows)
    output.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(output) as binary:
        WRITERS[output.suffix](effects, binary)
    return len(effects)


def _check_output(output: Path, *, force: bool) -> None:
    """Raise if the file of effects exists, or has an ending that cannot be written."""
    if output.is_dir() or output.exists() and not force:
        advice = "Choose another" + ("." if output.is_dir() else ", or pass --force.")
        raise InvalidJob(f"{output}: there is something already. {advice}")
    if output.suffix not in WRITERS:
        raise InvalidJob(f"{output}: effects are written as {' or '.join(WRITERS)}.")


def _check_new_rows(results: Path, file: JobFile) -> None:
    """Raise if the job asked for no models that predict new rows."""
    asked = file.contents.estimate
    if not asked.new_rows:
        key = "new_rows: false" if asked.has_effects else "cate: none"
        lacks = "nothing was fitted to all rows" if asked.has_effects else "no effect was modelled"
        raise InvalidInput(
            f"The job of {results} has '{key}', so that {lacks}. Remove it from 'estimate' and run "
            "the job again: its store has the other fits."
        )


def _job_of(results: Path) -> JobFile:
    """The job of some results, with relative paths that start from the working folder."""
    if not (results / JOB).is_file():
        raise InvalidInput(
            f"{results} is no folder of results: it has no {JOB}. Name the 'output' of a job that "
            "has run."
        )
    return replace(read_job(results / JOB), path=Path.cwd() / JOB)


def _chosen(results: Path, file: JobFile, names: Sequence[str]) -> list[str]:
    """The labels of the learners to use: those named, or all."""
    known = [learner.label for learner in file.contents.candidates]
    if file.contents.choose:  # the chosen one alone was kept
        known = [name for name in known if (results / LEARNERS / name).is_dir()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidJob(f"There is no learner {unknown[0]!r}. The learners are {known}.")
    return list(names) or known
