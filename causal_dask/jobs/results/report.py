"""Write the report of a job: one HTML page without links to other files."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.evaluation.overlap import overlap_report
from causal_dask.jobs.estimates import Estimates
from causal_dask.jobs.job import Job
from causal_dask.jobs.results import report_figures
from causal_dask.jobs.tables.describe_columns import as_frame
from causal_dask.jobs.templates import TEMPLATES

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]


@dataclass(frozen=True, slots=True)
class Provenance:
    """How estimates came about: when tasks ran, ``about.json``, and the job file as run."""

    timings: pd.DataFrame
    about: Mapping[str, Any]
    as_run: str


def write_report(path: Path, job: Job, estimates: Estimates, provenance: Provenance) -> None:
    """Write the report into a file, with the drawn plan that is beside it."""
    page = TEMPLATES.get_template("report.html.j2").render(
        job=job.file.contents,
        about=provenance.about,
        as_run=provenance.as_run,
        plan=_image(path.with_name("plan.svg")),
        warnings=provenance.about["warnings"],
        columns=as_frame(job.table.description.columns),
        arms=job.table.description.arms,
        n_dropped=job.table.description.n_dropped,
        not_estimated=estimates.not_estimated,
        **_choice(estimates),
        **_estimates(job, estimates),
        **_for_whom(job, estimates),
        **_overlap(estimates),
        **_run(provenance.timings),
    )
    path.write_text(page, encoding="utf-8")


def _choice(estimates: Estimates) -> dict[str, Any]:
    """The values of the page about the choice among learners, if there was one."""
    choice = estimates.choice
    if choice is None:
        return {"choice": None}
    table = choice.table.assign(
        in_one_std_error=choice.table["in_one_std_error"].map({True: "yes", False: "no"})
    )
    failed = table["error"].dropna()
    return {
        "choice": choice,
        "choice_table": table.drop(columns="error"),
        "choice_failed": failed,
        "choice_figure": report_figures.choice(choice),
    }


def _estimates(job: Job, estimates: Estimates) -> dict[str, Any]:
    """The values of the page about effects and scores."""
    level, learners = job.file.contents.estimate.level, estimates.learners.items()
    any_learner = next(iter(estimates.learners.values()))  # all have the same data
    is_class = any_learner.is_classification_
    return {
        "control": any_learner.variants_[0],
        "is_class": is_class,
        "event": any_learner.classes_[-1] if is_class else None,
        "ate": {label: each.to_frame(level) for label, each in estimates.ate.items()},
        "ate_figure": report_figures.average_effects(estimates, level) if estimates.ate else "",
        "are_training_rows": job.file.contents.estimate.other_rows is None,
        "effect_figures": {
            label: report_figures.effects(estimates, label)
            for label, learner in learners
            if label in estimates.columns and len(getattr(learner, "classes_", ())) <= 2
        },
        "quantiles": _quantiles(estimates) if estimates.columns else None,
        "are_comparable": estimates.are_comparable,
        "scores": pd.DataFrame(estimates.scores).rename_axis("score"),
    }


QUESTIONS = {
    "calibration": "Is there heterogeneity, and are predictions calibrated?",
    "rate": "Is it worth treating the highest-ranked first?",
    "gates": "Groups by predicted effect",
    "rank_curve": "What is gained by treating more",
    "clan": "Who the most affected are",
    "best_linear_projection": "With which covariates effects vary",
    "policy_tree": "A rule of treatment",
    "sensitivity": "What if a confounder was missed?",
}


def _for_whom(job: Job, estimates: Estimates) -> dict[str, Any]:
    """The values of the page about whom treatments work for, by learner."""
    level = job.file.contents.estimate.level
    sections = {}
    for label, answers in estimates.for_whom.items():
        tables = answers.tables(level)
        found = [
            {
                "title": title,
                "name": name,
                "table": _flat(tables[name]),
                "figure": report_figures.answer(answers.found[name]),
                "text": answers.found[name].tree.to_text() if name == "policy_tree" else "",
            }
            for name, title in QUESTIONS.items()
            if name in tables
        ]
        sections[label] = {"answers": found, "not_answered": answers.not_answered}
    others = {
        name: {label: ate.to_frame(level) for label, ate in found.items()}
        for name, found in estimates.other_estimands.items()
    }
    return {"for_whom": sections, "other_estimands": others}


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose rows have one name each, for the page."""
    if not isinstance(table.index, pd.MultiIndex):
        return table
    names = [", ".join(f"{part:.4g}" if isinstance(part, float) else str(part) for part in label)
             for label in table.index]  # fmt: skip
    return table.set_axis(pd.Index(names, name=", ".join(map(str, table.index.names))))


def _overlap(estimates: Estimates) -> dict[str, Any]:
    """The values of the page about overlap: that of the first learner with propensities, if any."""
    for label, learner in estimates.learners.items():
        if learner.declaration.has_propensities:
            figure = report_figures.overlap(estimates, label)
            report = overlap_report(learner)
            return {"overlap": report, "overlap_of": label, "overlap_figure": figure}
    return {"overlap": None}


def _quantiles(estimates: Estimates) -> pd.DataFrame:
    """The mean and quantiles of each column of effects."""
    columns = [column for names in estimates.columns.values() for column in names]
    effects = estimates.effects[columns]
    table = effects.quantile(QUANTILES).T
    table.columns = pd.Index([f"{share:.0%}" for share in QUANTILES])
    table.insert(0, "mean", effects.mean())
    return table.rename_axis("effect")


def _run(timings: pd.DataFrame) -> dict[str, Any]:
    """The values of the page about the run."""
    computed = timings[timings["task"] != "load"]
    return {
        "n_fits": int((computed["task"] == "fit").sum()),
        "n_loaded": int((timings["task"] == "load").sum()),
        "n_workers": timings["worker"].nunique(),
        "busy_seconds": float(computed["seconds"].sum()),
        "timings_figure": "" if timings.empty else report_figures.timings(timings),
    }


def _image(path: Path) -> str:
    """A drawing as a data URL, which holds the whole image."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
