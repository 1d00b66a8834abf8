"""Write the report of a job: one HTML page without links to other files."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.display import listed
from causal_dask.jobs.estimates import Estimates
from causal_dask.jobs.job import Job
from causal_dask.jobs.job_file.estimate_section import EstimateSection
from causal_dask.jobs.tables.describe_columns import as_frame
from causal_dask.reports.contents import Contents, Run, Study
from causal_dask.reports.page import page_of
from causal_dask.sources.whole_file import whole_file

NOT_ASKED = {
    "ate": "The job file does not ask for average effects: estimate.ate is false.",
    "effects": "The job file does not ask for effects of single rows: estimate.cate is none.",
    "questions": "To see them, name them in estimate.for_whom.",
    "scores": "The job file does not ask for scores: estimate.evaluation is false.",
}
"""Why parts of the page are missing."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How estimates came about: when tasks ran, ``about.json``, and the job file as run."""

    timings: pd.DataFrame
    about: Mapping[str, Any]
    as_run: str


def write_report(path: Path, job: Job, estimates: Estimates, provenance: Provenance) -> None:
    """Write the report into a file, with the drawn plan that is beside it."""
    about, asked = provenance.about, job.file.contents.estimate
    run = Run(
        timings=provenance.timings,
        seconds=about["seconds"],
        plan=_image(path.with_name("plan.svg")),
        job_file=provenance.as_run,
        versions=about["versions"],
    )
    contents = Contents(
        study=_study(job, estimates, about),
        learners=estimates.learners,
        level=asked.level,
        run=run,
        ate=estimates.ate,
        not_estimated=estimates.not_estimated,
        other_estimands=estimates.other_estimands,
        answers=estimates.for_whom,
        effects=_effects(estimates),
        effects_of=_whose(asked),
        scores=estimates.scores,
        are_comparable=estimates.are_comparable,
        warnings=tuple(about["warnings"]),
        why_not=NOT_ASKED,
        planned=asked.planned,
        choice=estimates.choice,
    )
    with whole_file(path) as file:
        file.write(page_of(contents).encode())


def _study(job: Job, estimates: Estimates, about: Mapping[str, Any]) -> Study:
    """What the job is about."""
    data, description = job.file.contents.data, job.table.description
    return Study(
        outcome=data.outcome,
        treatment=data.treatment,
        summary=_summary(job, estimates, about),
        columns=as_frame(description.columns),
        X=job.table.X,
    )


def _summary(job: Job, estimates: Estimates, about: Mapping[str, Any]) -> str:
    """The rows, variants, learners and folds in a line."""
    contents, description = job.file.contents, job.table.description
    arms = listed([f"{n:,} of {arm}" for arm, n in description.arms])
    dropped = description.n_dropped
    left_out = f"; {dropped:,} more rows have no outcome and were left out" if dropped else ""
    return (
        f"{about['rows']:,} rows, {len(about['features'])} covariates; {arms}{left_out}; "
        f"{_learners(job, estimates)}; {contents.folds} folds, seed {contents.seed}. "
        f"Run on {about['started'][:10]}."
    )


def _learners(job: Job, estimates: Estimates) -> str:
    """The learners, or the one that was chosen."""
    if estimates.choice is not None:
        return f"{estimates.choice.best}, chosen among {len(estimates.choice.table)} learners"
    named = job.file.contents.learners
    return listed([f"{each.kind}-learner" + (f" ({each.name})" if each.name else "")
                   for each in named])  # fmt: skip


def _effects(estimates: Estimates) -> dict[str, pd.DataFrame]:
    """Each learner's effects, a column for each contrast."""
    return {name: estimates.effects[columns] for name, columns in estimates.columns.items()}


def _whose(asked: EstimateSection) -> str:
    """Which rows have effects, and from which models."""
    if asked.other_rows is None:
        return "Each row's effect comes from models that were fitted without the row."
    return f"The rows are those of {asked.cate}; models fitted to all training rows predict them."


def _image(path: Path) -> str:
    """A drawing as a data URL, which holds the whole image."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
