"""What is asked of fitted learners: average effects, effects of rows, scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.jobs.job import Work, in_words_of
from causal_dask.jobs.tables import Table

LOSSES = ("r_loss", "dr_loss")
"""What judges effects; the smaller the better, and comparable among learners."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a job has estimated, by learner.

    ``columns`` are each learner's of ``effects``; ``not_estimated`` says why some have no ATE.
    """

    learners: dict[str, MetaLearner]
    effects: pd.DataFrame
    columns: dict[str, list[str]]
    ate: dict[str, ATEResult]
    not_estimated: dict[str, str]
    scores: dict[str, dict[str, float]]


def estimated(work: Work, learners: dict[str, MetaLearner]) -> Estimates:
    """All that a job asks of its learners."""
    asked = work.file.job.estimate
    ate, not_estimated = _average_effects(learners) if asked.ate else ({}, {})
    scores = _scores(work, learners) if asked.evaluation else {}
    frames = {name: framed(learner, work.rows.X) for name, learner in learners.items()}
    columns = {name: [f"{name}_{each}" for each in frame] for name, frame in frames.items()}
    effects = _side_by_side(frames, work.rows)
    return Estimates(learners, effects, columns, ate, not_estimated, scores)


def effects_of(learners: dict[str, MetaLearner], table: Table) -> pd.DataFrame:
    """The effects of some rows: their names, and a column for each learner and contrast."""
    return _side_by_side({name: framed(each, table.X) for name, each in learners.items()}, table)


def _side_by_side(frames: dict[str, pd.DataFrame], table: Table) -> pd.DataFrame:
    """Frames side by side, with the learners' names before those of the columns."""
    columns = {} if table.names is None else {str(table.names.name): table.names.to_numpy()}
    for name, frame in frames.items():
        columns |= {f"{name}_{contrast}": frame[contrast].to_numpy() for contrast in frame}
    return pd.DataFrame(columns)


def framed(learner: MetaLearner, X: Any) -> pd.DataFrame:
    """A learner's effects as a frame, whatever it returns otherwise."""
    before = getattr(learner, "_sklearn_output_config", {"transform": "default"})
    learner.set_output(transform="pandas")
    try:
        return learner.predict(X)
    finally:
        learner.set_output(transform=before["transform"])


def _average_effects(
    learners: dict[str, MetaLearner],
) -> tuple[dict[str, ATEResult], dict[str, str]]:
    ate, not_estimated = {}, {}
    for name, learner in learners.items():
        try:
            ate[name] = learner.average_treatment_effect()
        except InvalidInput as error:  # of the learner's kind: S and T have no propensities
            not_estimated[name] = str(error)
    return ate, not_estimated


def _scores(work: Work, learners: dict[str, MetaLearner]) -> dict[str, dict[str, float]]:
    """Out-of-fold scores of every model; of effects too, where one learner can judge all."""
    data = (work.table.X, work.table.arguments["y"], work.table.arguments["w"])
    judge = _judge(learners)
    scores = {}
    for position, (name, learner) in enumerate(learners.items()):
        with in_words_of(work.file, position):
            if judge is None:
                scores[name] = learner.evaluate(*data)
            else:
                scores[name] = learner.evaluate(
                    *data, scoring={"effect": list(LOSSES)}, nuisances=judge
                )
    return {
        name: {score: float(np.asarray(value)) for score, value in each.items()}
        for name, each in scores.items()
    }


def _judge(learners: dict[str, MetaLearner]) -> MetaLearner | None:
    """A learner with outcomes and propensities of all variants, of outcomes with one effect."""
    for learner in learners.values():
        kinds = learner.nuisance_model_specifications()
        if {"propensity_model", "variant_outcome_model"} <= kinds.keys():
            classes = getattr(learner, "classes_", ())
            return learner if len(classes) <= 2 else None
    return None
