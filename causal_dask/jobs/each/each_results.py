"""Write the folder of results of a job over several tables, and the report in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.display import listed
from causal_dask.estimators.pooled_estimates import PooledEstimates
from causal_dask.jobs.each.each_estimates import EachEstimates
from causal_dask.jobs.each.each_job import EachJob
from causal_dask.jobs.each.forest import forest
from causal_dask.jobs.each.split_table import rows_by_arm
from causal_dask.jobs.results.about import RunRecord, about_run
from causal_dask.jobs.results.folder import timings_of
from causal_dask.jobs.results.job_as_run import ABOUT, JOB, job_as_run
from causal_dask.jobs.templates import TEMPLATES
from causal_dask.reports.tables import PageTable, shown
from causal_dask.sources.pyarrow import write_frame
from causal_dask.sources.whole_file import whole_folder, write_json


def write_each(job: EachJob, estimates: EachEstimates, record: RunRecord) -> None:
    """Write the folder of results; a previous one is replaced at the very end."""
    first = {label: next(iter(each.learners.values())) for label, each in estimates.fitted.items()}
    about = about_run(job, first, record)
    about["tables"] = {label: table.n_rows for label, table in job.tables.items()}
    with whole_folder(job.file.output) as folder:
        _fill(folder, job, estimates, about)


def _fill(folder: Path, job: EachJob, estimates: EachEstimates, about: dict[str, Any]) -> None:
    write_frame(estimates.frame("estimates"), folder / "estimates.parquet")
    for part in ("estimates", "pooled", "heterogeneity"):
        estimates.frame(part).to_csv(folder / f"{part}.csv", index=False)
    write_frame(timings_of(estimates.learners), folder / "timings.parquet")
    job.plan.visualize(folder / "plan.svg")
    write_json(folder / ABOUT, about)
    as_run = job_as_run(job.file, about)
    (folder / JOB).write_text(as_run, encoding="utf-8")
    rows = shown("tables", "Rows by variant", rows_by_arm(job.tables))
    page = TEMPLATES.get_template("each.html.j2").render(
        job=job.file.contents, about=about, as_run=as_run, rows=rows,
        sections=_sections(estimates),
    )  # fmt: skip
    (folder / "report.html").write_text(page, encoding="utf-8")


def _sections(estimates: EachEstimates) -> list[dict[str, Any]]:
    """A section of the page for each treatment, estimand and learner, or learners that agree."""
    return [
        {
            "title": f"{listed(learners)}: {variant} against control"
            + ("" if estimand == "ATE" else f" ({estimand})"),
            "figure": forest(found, variant),
            "tables": _tables(found, f"{listed(learners)}_{variant}_{estimand}", variant),
            "heterogeneity": _of(found.heterogeneity, variant),
        }
        for learners, estimand, found in _distinct(estimates)
        for variant in found.estimates["variant"].unique()
    ]


def _tables(found: PooledEstimates, name: str, variant: Any) -> list[PageTable]:
    """The estimates of a treatment, by table and pooled."""
    own = _of(found.estimates, variant).set_index("table")
    pooled = _of(found.pooled, variant).set_index("model")
    file = name.replace(" ", "_")
    return [shown(f"{file}_tables", "By table", own), shown(f"{file}_pooled", "Pooled", pooled)]


def _distinct(estimates: EachEstimates) -> list[tuple[list[str], str, PooledEstimates]]:
    """Estimates with all learners that have them, as DR and X of the same nuisances do."""
    kept: list[tuple[list[str], str, PooledEstimates]] = []
    for (learner, estimand), found in estimates.found.items():
        same = [k for k in kept if k[1] == estimand and k[2].estimates.equals(found.estimates)]
        if same:
            same[0][0].append(learner)
        else:
            kept.append(([learner], estimand, found))
    return kept


def _of(frame: pd.DataFrame, variant: Any) -> pd.DataFrame:
    """The rows of a treatment."""
    return frame[frame["variant"] == variant].drop(columns="variant")
