"""What ``about.json`` says of a run: when, where, how long, and what is needed to repeat it."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.job import Job
from causal_dask.jobs.make_learners import model_sections
from causal_dask.storage.versions import versions_of

PACKAGES = ("dask", "distributed", "numpy", "pandas")
"""Packages whose versions are recorded beside those of the base models."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """When a run started, how long it took, and its warnings."""

    started: datetime
    seconds: float
    warnings: tuple[str, ...]


def about_run(job: Job, learners: Mapping[str, MetaLearner], record: RunRecord) -> dict[str, Any]:
    """The contents of ``about.json``; ``predict`` reads the kinds of covariates there."""
    classes = [section.class_ for _, section, _ in model_sections(job.file)]
    return {
        "started": record.started.isoformat(timespec="seconds"),
        "seconds": round(record.seconds, 3),
        "host": platform.node(),
        "where": job.file.contents.run.where,
        "rows": job.table.n_rows,
        "rows_without_outcome": job.table.description.n_dropped,
        "arms": [[plain_label(arm), n_rows] for arm, n_rows in job.table.description.arms],
        "features": list(job.table.features),
        "fits": job.plan.count("fit"),
        "kinds": job.table.kinds,
        "seeds": {label: learner.random_state_ for label, learner in learners.items()},
        "versions": versions_of([*PACKAGES, *classes]),
        "warnings": [*job.table_warnings, *record.warnings],
    }


def finite_or_null(content: Any) -> Any:
    """Contents of a JSON file with None for numbers that JSON does not have, NaN and infinity."""
    if isinstance(content, dict):
        return {key: finite_or_null(value) for key, value in content.items()}
    if isinstance(content, list):
        return [finite_or_null(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def plain_label(value: Any) -> Any:
    """A label or number of NumPy as one of Python, for JSON."""
    return value.item() if hasattr(value, "item") else value
