"""What a report is made of: estimates that are there already, and why others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.reports.answers import Answers
from causal_dask.selection.choice import Choice


@dataclass(frozen=True, slots=True)
class Study:
    """What was studied: names of outcome and treatment, a line about the rows, the columns.

    ``X`` are the covariates of the training rows, or None.
    """

    outcome: str
    treatment: str
    summary: str
    columns: pd.DataFrame | None = None
    X: Any = None


@dataclass(frozen=True, slots=True)
class Run:
    """How estimates came about: when tasks ran, and of a job its graph, file and versions."""

    timings: pd.DataFrame
    seconds: float | None = None
    plan: str = ""
    job_file: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a report shows.

    ``effects`` has a frame for each learner with a column for each contrast, and ``effects_of``
    says in a sentence which rows these are. ``why_not`` says why parts are missing: ``ate``,
    ``effects``, ``questions``, ``columns`` or ``scores``, or a single question.
    """

    study: Study
    learners: Mapping[str, MetaLearner]
    level: float
    run: Run
    ate: Mapping[str, ATEResult] = field(default_factory=dict)
    not_estimated: Mapping[str, str] = field(default_factory=dict)
    other_estimands: Mapping[str, Mapping[str, ATEResult]] = field(default_factory=dict)
    answers: Mapping[str, Answers] = field(default_factory=dict)
    effects: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    effects_of: str = ""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    are_comparable: bool = False
    warnings: tuple[str, ...] = ()
    why_not: Mapping[str, str] = field(default_factory=dict)
    planned: bool = False
    choice: Choice | None = None

    @property
    def any_learner(self) -> MetaLearner:
        """One of the learners, which all have the same data."""
        return next(iter(self.learners.values()))
