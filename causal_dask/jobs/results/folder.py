"""Write the folder of a job's results; it has its name only once all files are written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidJob, warn
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.effect_intervals import EffectIntervals
from causal_dask.fitted.timings import as_table
from causal_dask.jobs.estimates import Estimates
from causal_dask.jobs.job import Job
from causal_dask.jobs.job_file.read import JobFile
from causal_dask.jobs.results.about import RunRecord, about_run, finite_or_null, plain_label
from causal_dask.jobs.results.job_as_run import ABOUT, JOB, job_as_run
from causal_dask.jobs.results.report import Provenance, write_report
from causal_dask.reports.figures import matplotlib
from causal_dask.sources.pyarrow import pyarrow, write_frame
from causal_dask.sources.whole_file import whole_folder, write_json

CATE, LEARNERS, FOR_WHOM, REPORT = "cate.parquet", "learners", "for_whom", "report.html"


def check_packages() -> None:
    """Raise if a package that the results need is missing: the fits would be for nothing."""
    pyarrow()
    matplotlib()


def check_output(file: JobFile, *, force: bool) -> None:
    """Raise unless the output folder can be made, or has results that may be replaced."""
    output = file.output
    if not output.exists():
        _check_can_be_made(file, output)
        return
    if force and output.is_dir() and ((output / ABOUT).exists() or not any(output.iterdir())):
        return
    problem = "which is not a folder of results" if force else "where the results are to go"
    advice = "choose another 'output'" + ("" if force else ", or pass --force to replace it")
    raise InvalidJob(f"{file.where('output')}: there is {output} already, {problem}: {advice}.")


def write_results(job: Job, estimates: Estimates, record: RunRecord) -> None:
    """Write the folder of results, which replaces a previous one at the end.

    A report that fails does not take the results along: all else is there, and a warning says so.
    """
    with whole_folder(job.file.output) as folder:
        provenance = _fill(folder, job, estimates, record)
        try:
            write_report(folder / REPORT, job, estimates, provenance)
        except OSError:  # the disk is full, say: then the other files may not be whole either
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the results are worth more
            warn(
                f"There is no {REPORT}, as it could not be made: {type(error).__name__}: {error}. "
                f"All other results are in {job.file.output}.",
                CausalDaskWarning,
            )


def _check_can_be_made(file: JobFile, output: Path) -> None:
    """Raise if a folder cannot be made: without this, that would show after all fits."""
    parent = next(folder for folder in output.parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise file.wrong(
            ("output",), f"no folder can be made in {parent}. Name another folder for the results."
        )


def _fill(folder: Path, job: Job, estimates: Estimates, record: RunRecord) -> Provenance:
    """Write all but the report, and return what it says of the run."""
    learners = estimates.learners
    timings, about = timings_of(learners.values()), about_run(job, learners, record)
    asked = job.file.contents.estimate
    if asked.has_effects:
        write_frame(estimates.effects, folder / CATE)
    write_frame(timings, folder / "timings.parquet")
    if asked.ate:
        found = _average_effects(estimates, asked.level)
        write_json(folder / "ate.json", finite_or_null(found))
    for estimand, ates in estimates.other_estimands.items():
        effects = {label: _average_effect(ate, asked.level) for label, ate in ates.items()}
        write_json(folder / f"{estimand.lower()}.json", finite_or_null(effects))
    _write_answers(folder, estimates, asked.level)
    if estimates.choice is not None:
        estimates.choice.table.to_csv(folder / "choice.csv")
    if asked.evaluation:
        write_json(folder / "evaluation.json", finite_or_null(estimates.scores))
    for label, learner in learners.items():
        learner.save(folder / LEARNERS / label)
    job.plan.visualize(folder / "plan.svg")
    write_json(folder / ABOUT, about)
    as_run = job_as_run(job.file, about)
    (folder / JOB).write_text(as_run, encoding="utf-8")
    return Provenance(timings, about, as_run)


def _write_answers(folder: Path, estimates: Estimates, level: float) -> None:
    """A file for each learner and question, and the bounds of single effects."""
    bounds: dict[str, Any] = {}
    for label, answers in estimates.for_whom.items():
        for question, table in answers.tables(level).items():
            path = folder / FOR_WHOM / label / f"{question}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            table.to_csv(path)
        if "policy_tree" in answers.found:
            path = folder / FOR_WHOM / label / "policy_tree.txt"
            path.write_text(answers.found["policy_tree"].tree.to_text() + "\n", encoding="utf-8")
        if answers.intervals is not None:
            bounds |= _bounds(answers.intervals, estimates.columns[label], level)
    if bounds:
        write_frame(pd.DataFrame(bounds), folder / "cate_intervals.parquet")


def _bounds(intervals: EffectIntervals, columns: list[str], level: float) -> dict[str, Any]:
    """The lower and the upper bounds of a learner's columns of effects."""
    found = intervals.interval(level)
    found = found.reshape(len(found), -1, 2)
    sides = ("lower", "upper")
    return {
        f"{column}_{side}": found[:, place, at]
        for place, column in enumerate(columns)
        for at, side in enumerate(sides)
    }


def timings_of(learners: Iterable[MetaLearner]) -> pd.DataFrame:
    """When each task of the fits ran; tasks that learners share occur once."""
    by_learner = (fitted_state(learner).ran for learner in learners)
    return as_table({key: timing for timings in by_learner for key, timing in timings.items()})


def _average_effects(estimates: Estimates, level: float) -> dict[str, Any]:
    """The contents of ``ate.json``: average effects, or why there are none, by learner."""
    found = {label: _average_effect(ate, level) for label, ate in estimates.ate.items()}
    return found | {label: {"not_estimated": why} for label, why in estimates.not_estimated.items()}


def _average_effect(ate: ATEResult, level: float) -> dict[str, Any]:
    rows = ate.to_frame(level).reset_index().to_dict(orient="records")
    effects = [{key: plain_label(value) for key, value in row.items()} for row in rows]
    return {
        "control": plain_label(ate.variants[0]),
        **({} if ate.event is None else {"event": plain_label(ate.event)}),
        "level": level,
        "effects": effects,
        "covariance": ate.covariance.tolist(),
    }
