"""The job file in the results: complete, with absolute paths, so that it runs anywhere again.

By it a later command knows whether results are those of its own job file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from causal_dask.jobs.job_file.read import JobFile, read_job
from causal_dask.jobs.job_file.run_section import SchedulerFile
from causal_dask.jobs.job_file.schema import CHOOSE
from causal_dask.storage.versions import versions_in_words

ABOUT, JOB = "about.json", "job.yaml"

DECISIVE = ("data", "learners", "choose", "models", "folds", "seed", "estimate")
"""The keys that decide the estimates; where a job runs does not."""

USERS_SECTIONS = {"parameters", "options", "config"}
"""Sections with keys of other packages, for which an empty value may mean something."""


def job_as_run(file: JobFile, about: Mapping[str, Any]) -> str:
    """The text of the complete job file, with the date and the versions of the run."""
    head = f"# As it was run, {about['started']}.\n# {versions_in_words(about['versions'])}\n"
    return head + yaml.safe_dump(complete_contents(file), sort_keys=False, allow_unicode=True)


def has_results_of(file: JobFile) -> bool:
    """Whether the output folder of a job has results of the same data, learners and estimates."""
    output = file.output
    if not (output / ABOUT).exists() or not (output / JOB).exists():
        return False
    here, there = complete_contents(file), complete_contents(read_job(output / JOB))
    return all(here.get(key) == there.get(key) for key in DECISIVE)


def complete_contents(file: JobFile) -> dict[str, Any]:
    """The contents of a job file with defaults filled in and absolute paths."""
    contents = file.contents
    complete = _without_empty(contents.model_dump(by_alias=True, exclude_none=True))
    if contents.choose:
        complete["learners"] = CHOOSE
    complete["data"]["path"] = _absolute(file, contents.data.path)
    complete["data"] |= _labels_as_written(file)
    complete["store"] = _absolute(file, contents.store)
    complete["output"] = _absolute(file, contents.output)
    if contents.estimate.other_rows is not None:
        complete["estimate"]["cate"] = _absolute(file, contents.estimate.other_rows)
    if isinstance(contents.run, SchedulerFile):
        complete["run"]["scheduler_file"] = _absolute(file, contents.run.scheduler_file)
    return dict(complete)


def _labels_as_written(file: JobFile) -> dict[str, str]:
    """Labels that YAML reads as something else than their text, such as ``no`` as False."""
    given = {key: getattr(file.contents.data, key) for key in ("control", "event")}
    texts = {key: file.texts.get(("data", key)) for key in given}
    return {
        key: text
        for key, text in texts.items()
        if text is not None and given[key] is not None and text != str(given[key])
    }


def _without_empty(value: Any) -> Any:
    """Contents without keys that hold an empty list or section, which say the same as no key."""
    if isinstance(value, list):
        return [_without_empty(each) for each in value]
    if not isinstance(value, dict):
        return value
    filled = {key: each for key, each in value.items() if each not in ([], {})}
    return {
        key: each if key in USERS_SECTIONS else _without_empty(each) for key, each in filled.items()
    }


def _absolute(file: JobFile, given: Any) -> Any:
    """The absolute form of a path, of each in a list, or of None."""
    if isinstance(given, list):
        return [_absolute(file, each) for each in given]
    return None if given is None else str(file.resolve(given))
