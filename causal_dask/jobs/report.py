"""The report of a job: one page that needs nothing but itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape

from causal_dask.evaluation.overlap import overlap_report
from causal_dask.jobs import figures
from causal_dask.jobs.estimates import Estimates
from causal_dask.jobs.job import Work
from causal_dask.jobs.tables import TRAINING

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]

PAGES = Environment(
    loader=PackageLoader("causal_dask.jobs", "templates"),
    autoescape=select_autoescape(["html.j2"]),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
"""The templates of this package; those of pages escape what they are given."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a report tells of besides the estimates: when tasks ran, the versions, the job file."""

    timings: pd.DataFrame
    about: Mapping[str, Any]
    as_run: str


def write_report(path: Path, work: Work, found: Estimates, told: Told) -> None:
    """Write the report into a file; the drawn plan is beside it."""
    page = PAGES.get_template("report.html.j2").render(
        job=work.file.job,
        about=told.about,
        as_run=told.as_run,
        plan=_image(path.with_name("plan.svg")),
        warnings=told.about["warnings"],
        not_estimated=found.not_estimated,
        **_estimates(work, found),
        **_work_done(told.timings),
    )
    path.write_text(page, encoding="utf-8")


def _estimates(work: Work, found: Estimates) -> dict[str, Any]:
    """What the page says of effects, overlap and models."""
    level, one = work.file.job.estimate.level, next(iter(found.learners.values()))
    learners = found.learners.items()
    judged = next((name for name, each in learners if each.declaration.has_propensities), None)
    return {
        "control": one.variants_[0],
        "is_class": one.is_classification_,
        "last_class": one.classes_[-1] if one.is_classification_ else None,
        "ate": {name: each.to_frame(level) for name, each in found.ate.items()},
        "ate_figure": figures.average_effects(found, level) if found.ate else "",
        "are_training_rows": work.file.job.estimate.cate == TRAINING,
        "effect_figures": {
            name: figures.effects(found, name)
            for name, learner in learners
            if len(getattr(learner, "classes_", ())) <= 2
        },
        "quantiles": _quantiles(found),
        "overlap": None if judged is None else overlap_report(found.learners[judged]),
        "overlap_of": judged,
        "overlap_figure": "" if judged is None else figures.overlap(found, judged),
        "scores": pd.DataFrame(found.scores).rename_axis("score"),
    }


def _quantiles(found: Estimates) -> pd.DataFrame:
    """The spread of each column of effects."""
    columns = [column for names in found.columns.values() for column in names]
    effects = found.effects[columns]
    table = effects.quantile(QUANTILES).T
    table.columns = pd.Index([f"{share:.0%}" for share in QUANTILES])
    table.insert(0, "mean", effects.mean())
    return table.rename_axis("effect")


def _work_done(timings: pd.DataFrame) -> dict[str, Any]:
    """What the page says of the run."""
    done = timings[timings["task"] != "load"]
    return {
        "n_fits": int((done["task"] == "fit").sum()),
        "n_loaded": int((timings["task"] == "load").sum()),
        "n_workers": timings["worker"].nunique(),
        "busy_seconds": float(done["seconds"].sum()),
        "timings_figure": "" if timings.empty else figures.timings(timings),
    }


def _image(path: Path) -> str:
    """A drawing as an address that holds all of it."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
