"""Run a study file: open its cluster, run what is missing, write table, summary and report."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from causal_dask.errors import InvalidJob
from causal_dask.jobs.clusters import open_cluster
from causal_dask.jobs.job_file.run_section import Local
from causal_dask.jobs.studies.study_file import StudyFile, study_of
from causal_dask.jobs.templates import TEMPLATES
from causal_dask.reports.figures import svg
from causal_dask.runtime.clusters.connect import settings
from causal_dask.sources.whole_file import whole_file
from causal_dask.studies import Study, StudyResults
from causal_dask.studies.files import FOLDER

MOST_ROWS = 40
"""The most rows of a table that are printed."""


def run_study(
    file: StudyFile, *, until: float | None = None, part: tuple[int, int] | None = None
) -> StudyResults:
    """Run what a study lacks, and write what there is then."""
    study, run = study_of(file), file.contents.run
    with ExitStack() as stack:
        stack.enter_context(settings(run.config))
        if not (isinstance(run, Local) and run.workers is None):
            open_cluster(stack, file)
        elif run.threads is not None:
            stack.enter_context(settings({"num_workers": run.threads}))
        goal = None if until is None else {"mc_error": until}
        results = study.run(file.output, until=goal, part=part)
    write_report(file, study, results)
    return results


def check_has_run(file: StudyFile) -> None:
    """Raise if no replication is kept."""
    if not (file.output / FOLDER).exists():
        command = shlex.join(["causal-dask", "study", "run", str(file.path)])
        raise InvalidJob(
            f"{file.path}: nothing has run so far, as no replication is kept in {file.output}. "
            f"Run the study first: {command}"
        )


def write_report(file: StudyFile, study: Study, results: StudyResults) -> Path:
    """Write the summary as a table, and the report."""
    summary = results.summary().reset_index()
    with whole_file(file.output / "summary.csv") as out:
        out.write(summary.to_csv(index=False).encode())
    figures = {measure: _figure(results, measure) for measure in dict.fromkeys(summary["measure"])}
    page = TEMPLATES.get_template("study.html.j2").render(
        file=file, study=study, figures=figures,
        summary=summary.to_html(index=False, float_format="{:.4g}".format, border=0),
        failures=results.failures.head(20).to_html(index=False, border=0),
        n_failed=len(results.failures), n_rows=len(results.table),
    )  # fmt: skip
    with whole_file(file.report) as out:
        out.write(page.encode())
    return file.report


def in_brief(results: StudyResults) -> str:
    """The means: a row for each setting and measure, a column for each learner."""
    summary = results.summary()
    values = zip(summary["mean"], summary["mc_error"], summary["n"], strict=True)
    shown = pd.Series([_mean_with_error(*each) for each in values], summary.index)
    table = shown.unstack("learner", fill_value="", sort=False)  # noqa: PD010 - one value in each cell
    n_failed, n_rows = len(results.failures), len(results.table)
    failed = (
        f"\n{n_failed:,} of {n_rows:,} measures failed; the report says why." if n_failed else ""
    )
    return f"Means ± Monte Carlo errors\n{table.to_string(max_rows=MOST_ROWS)}{failed}"


def _mean_with_error(mean: float, error: float, n: int) -> str:
    """A mean and its error; equal values, as ten of ten intervals that cover, tell no error."""
    return f"{mean:.4g} in all {n:,}" if error == 0 else f"{mean:.4g} ± {error:.2g}"


def _figure(results: StudyResults, measure: str) -> str:
    """The means of a measure as an SVG element."""
    n_settings = len(results.table[list(results.settings)].drop_duplicates())
    title = f"Means of {measure} by setting and learner, with two Monte Carlo errors"
    return svg(1.5 + 0.4 * max(n_settings, 1), lambda ax: results.plot(measure, ax), title)
