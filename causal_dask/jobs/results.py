"""The folder of a job's results, which has its name only when all of it is written."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import yaml

from causal_dask.errors import InvalidJob
from causal_dask.estimators.ate_result import ATEResult
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.fitted.timings import as_table
from causal_dask.jobs.base_models import models_of
from causal_dask.jobs.estimates import Estimates
from causal_dask.jobs.figures import drawing
from causal_dask.jobs.job import Work
from causal_dask.jobs.reading import JobFile, read_job
from causal_dask.jobs.report import Told, write_report
from causal_dask.jobs.schema import SchedulerFile
from causal_dask.jobs.tables import TRAINING
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.sources.whole_file import whole_folder, write_json
from causal_dask.storage.versions import versions_in_words, versions_of

JOB, ABOUT, CATE, LEARNERS = "job.yaml", "about.json", "cate.parquet", "learners"
DECISIVE = ("data", "learners", "models", "folds", "seed", "estimate")
"""What decides the estimates; where a job runs does not."""

OF_USERS = {"parameters", "options", "config"}
"""Keys below which nothing is ours: what is empty there means something."""

PACKAGES = ("dask", "distributed", "numpy", "pandas")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run went."""

    started: datetime
    seconds: float
    warned: tuple[str, ...]


def check_packages() -> None:
    """Raise if the results could not be written for want of a package."""
    pyarrow()
    drawing()


def check_output(file: JobFile, output: Path, *, force: bool) -> None:
    """Raise if there is something where the results are to go, and it may not be replaced."""
    if not output.exists():
        _check_can_be_made(file, output)
        return
    if force and output.is_dir() and ((output / ABOUT).exists() or not any(output.iterdir())):
        return
    advice = "choose another 'output'" + ("" if force else ", or pass --force to replace it")
    what = "which is no folder of results" if force else "where the results are to go"
    raise InvalidJob(f"{file.where('output')}: there is {output} already, {what}: {advice}.")


def _check_can_be_made(file: JobFile, output: Path) -> None:
    """Raise if a folder cannot be made there: it would be found out after all fits."""
    above = next(folder for folder in output.parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise file.wrong(
            ("output",), f"no folder can be made in {above}. Name another place for the results."
        )


def write_results(work: Work, found: Estimates, ran: Ran, output: Path) -> Path:
    """The folder of results; one that was there is replaced at the very end."""
    with whole_folder(output) as growing:
        _fill(growing, work, found, ran)
    return output


def timings_of(found: Estimates) -> pd.DataFrame:
    """When each task of the fit ran; those that learners share are there once."""
    fitted = (fitted_state(learner).ran for learner in found.learners.values())
    return as_table({key: each for ran in fitted for key, each in ran.items()})


def write_table(frame: pd.DataFrame, path: Path | BinaryIO) -> None:
    """A frame as Parquet; equal frames become equal files."""
    arrow = pyarrow()
    arrow.parquet.write_table(arrow.Table.from_pandas(frame, preserve_index=False), path)


def _fill(folder: Path, work: Work, found: Estimates, ran: Ran) -> None:
    timings, about = timings_of(found), _about(work, found, ran)
    level = work.file.job.estimate.level
    write_table(found.effects, folder / CATE)
    write_table(timings, folder / "timings.parquet")
    if work.file.job.estimate.ate:
        told = {name: ate_as_data(ate, level) for name, ate in found.ate.items()}
        told |= {name: {"not_estimated": why} for name, why in found.not_estimated.items()}
        write_json(folder / "ate.json", told)
    if work.file.job.estimate.evaluation:
        write_json(folder / "evaluation.json", found.scores)
    for name, learner in found.learners.items():
        learner.save(folder / LEARNERS / name)
    work.plan.visualize(folder / "plan.svg")
    write_json(folder / ABOUT, about)
    as_run = job_as_run(work.file, about)
    (folder / JOB).write_text(as_run, encoding="utf-8")
    write_report(folder / "report.html", work, found, Told(timings, about, as_run))


def ate_as_data(ate: ATEResult, level: float) -> dict[str, Any]:
    """An average effect as JSON has it."""
    rows = ate.to_frame(level).reset_index().to_dict(orient="records")
    effects = [{key: _plain(value) for key, value in row.items()} for row in rows]
    return {
        "control": _plain(ate.variants[0]),
        "level": level,
        "effects": effects,
        "covariance": ate.covariance.tolist(),
    }


def job_as_run(file: JobFile, about: Mapping[str, Any]) -> str:
    """The job file with all that it left out, absolute paths, and what it ran with."""
    head = f"# As it was run, {about['started']}.\n# {versions_in_words(about['versions'])}\n"
    return head + yaml.safe_dump(said_in_full(file), sort_keys=False, allow_unicode=True)


def is_of_this_job(file: JobFile, output: Path) -> bool:
    """Whether the results in a folder are what this job would estimate."""
    if not (output / ABOUT).exists() or not (output / JOB).exists():
        return False
    here, there = said_in_full(file), said_in_full(read_job(output / JOB))
    return all(here.get(key) == there.get(key) for key in DECISIVE)


def said_in_full(file: JobFile) -> dict[str, Any]:
    """A job as a file can say it, with absolute paths."""
    job, said = file.job, _filled(file.job.model_dump(by_alias=True, exclude_none=True))
    said["data"]["path"] = _absolute(file, job.data.path)
    said["store"], said["output"] = _absolute(file, job.store), _absolute(file, job.output)
    if job.estimate.cate != TRAINING:
        said["estimate"]["cate"] = _absolute(file, job.estimate.cate)
    if isinstance(job.run, SchedulerFile):
        said["run"]["scheduler_file"] = _absolute(file, job.run.scheduler_file)
    return said


def _filled(said: Any) -> Any:
    """The same without keys that hold nothing."""
    if isinstance(said, list):
        return [_filled(each) for each in said]
    if not isinstance(said, dict):
        return said
    filled = {key: value for key, value in said.items() if value not in ([], {})}
    return {key: value if key in OF_USERS else _filled(value) for key, value in filled.items()}


def _absolute(file: JobFile, given: Any) -> Any:
    """A path of the job file, or several or none, from the root."""
    if isinstance(given, list):
        return [_absolute(file, each) for each in given]
    return None if given is None else str(file.located(given))


def _about(work: Work, found: Estimates, ran: Ran) -> dict[str, Any]:
    """What is needed to run the same again, and how it went."""
    classes = [section.class_ for _, section, _ in models_of(work.file)]
    return {
        "started": ran.started.isoformat(timespec="seconds"),
        "seconds": round(ran.seconds, 3),
        "host": platform.node(),
        "where": work.file.job.run.where,
        "rows": work.table.n_rows,
        "features": list(work.table.features),
        "fits": work.plan.count("fit"),
        "kinds": work.table.kinds,
        "seeds": {name: learner.random_state_ for name, learner in found.learners.items()},
        "versions": versions_of([*PACKAGES, *classes]),
        "warnings": list(ran.warned),
    }


def _plain(value: Any) -> Any:
    """A label or number as JSON has it."""
    return value.item() if hasattr(value, "item") else value
