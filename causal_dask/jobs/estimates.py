"""Ask fitted learners for what a job estimates: average effects, effects of rows, scores."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning
from causal_dask.estimators.judging.scoring import effects_know_the_rows
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.evaluation.predicted_effects import effect_frame
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.jobs.argument_errors import name_keys
from causal_dask.jobs.for_whom import answers_of
from causal_dask.jobs.job import Job
from causal_dask.jobs.tables.open_table import Table
from causal_dask.reports.answers import Answers
from causal_dask.reports.collect import average_effects
from causal_dask.selection.choice import Choice
from causal_dask.spec.join import plain_name
from causal_dask.spec.model_kinds import PROPENSITY_MODEL, VARIANT_OUTCOME_MODEL

LOSSES = ("r_loss", "dr_loss")
"""Losses of effects: smaller is better. Where ``are_comparable``, they rank learners."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a job has estimated, by learner.

    ``columns`` names each learner's columns of ``effects``, if rows get any; ``not_estimated`` says
    why some learners have no average effect. ``other_estimands`` has average effects other than the
    ATE. ``choice`` says how the learner was chosen, if it was.
    """

    learners: dict[str, MetaLearner]
    effects: pd.DataFrame
    columns: dict[str, list[str]]
    ate: dict[str, ATEResult]
    not_estimated: dict[str, str]
    scores: dict[str, dict[str, float]]
    other_estimands: dict[str, dict[str, ATEResult]]
    for_whom: dict[str, Answers]
    choice: Choice | None = None

    @property
    def are_comparable(self) -> bool:
        """Whether no learner's second stage has seen the outcomes that it is judged by."""
        return not any(effects_know_the_rows(fitted_state(each)) for each in self.learners.values())


def estimate(job: Job, learners: dict[str, MetaLearner]) -> Estimates:
    """All that a job asks of its fitted learners."""
    asked = job.file.contents.estimate
    by_estimand = {e: average_effects(learners, e) for e in asked.estimands if asked.ate}
    ate, not_estimated = by_estimand.pop("ATE", ({}, {}))
    scores = _scores(job, learners) if asked.evaluation else {}
    effects_asked = learners if asked.has_effects else {}
    frames = {label: effect_frame(learner, job.rows.X) for label, learner in effects_asked.items()}
    columns = {name: [f"{name}_{each}" for each in frame] for name, frame in frames.items()}
    effects = _side_by_side(frames, job.rows)
    others: dict[str, dict[str, ATEResult]] = {e: found for e, (found, _) in by_estimand.items()}
    for_whom = answers_of(job, learners)
    return Estimates(
        learners, effects, columns, ate, not_estimated, scores, others, for_whom, job.choice
    )


def effects_of(learners: dict[str, MetaLearner], table: Table) -> pd.DataFrame:
    """The effects of some rows: their names, and a column for each learner and contrast."""
    frames = {name: effect_frame(each, table.X) for name, each in learners.items()}
    return _side_by_side(frames, table)


def _side_by_side(frames: dict[str, pd.DataFrame], table: Table) -> pd.DataFrame:
    """The frames of learners as one, with each learner's label before its names of columns."""
    columns = {} if table.names is None else {str(table.names.name): table.names.to_numpy()}
    for name, frame in frames.items():
        columns |= {f"{name}_{contrast}": frame[contrast].to_numpy() for contrast in frame}
    return pd.DataFrame(columns)


def _scores(job: Job, learners: dict[str, MetaLearner]) -> dict[str, dict[str, float]]:
    """Out-of-fold scores of all models, and losses of the effects if one learner can judge all."""
    data = (job.table.X, job.table.arguments["y"], job.table.arguments["w"])
    has_effects = job.file.contents.estimate.has_effects
    judge = _judge(learners) if has_effects else None
    scores = {}
    for position, (name, learner) in enumerate(learners.items()):
        with name_keys(job.file, position):
            if judge is None:
                scoring = None if has_effects else _of_nuisances(learner)
                scores[name] = learner.evaluate(*data, scoring=scoring)
            else:
                with warnings.catch_warnings():  # the report says it once, for all learners
                    warnings.filterwarnings("ignore", "The losses of effects", CausalDaskWarning)
                    scores[name] = learner.evaluate(
                        *data, scoring={"effect": list(LOSSES)}, nuisances=judge
                    )
    return {
        name: {score: float(np.asarray(value)) for score, value in each.items()}
        for name, each in scores.items()
    }


def _of_nuisances(learner: MetaLearner) -> dict[str, list[str]]:
    """A ``scoring`` that leaves out the models of effects."""
    return {step.kind: [] for step in learner.declaration.models if not step.is_nuisance}


def _judge(learners: dict[str, MetaLearner]) -> MetaLearner | None:
    """A learner with outcomes and propensities of all variants; none for three classes or more."""
    for learner in learners.values():
        kinds = {plain_name(kind) for kind in learner.declaration.kinds}
        if {PROPENSITY_MODEL, VARIANT_OUTCOME_MODEL} <= kinds:
            classes = getattr(learner, "classes_", ())
            return learner if len(classes) <= 2 else None
    return None
