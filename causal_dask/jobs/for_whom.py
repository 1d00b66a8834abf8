"""What a job asks about whom treatments work for, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.fitted.effect_intervals import EffectIntervals
from causal_dask.fitted.judged_effects import JudgedEffects
from causal_dask.fitted.scores import Scores
from causal_dask.inference.heterogeneity.best_linear_projection import best_linear_projection
from causal_dask.inference.heterogeneity.calibration import calibration
from causal_dask.inference.heterogeneity.clan import clan
from causal_dask.inference.heterogeneity.gates import gates
from causal_dask.inference.heterogeneity.rank_curve import rank_curve
from causal_dask.inference.heterogeneity.rate import rate
from causal_dask.inference.policies.policy_value import policy_value
from causal_dask.inference.policies.tree_search import policy_tree
from causal_dask.inference.robustness.sensitivity import sensitivity
from causal_dask.jobs.job import Job
from causal_dask.sources.file_table import FileTable

OF_SCORES = ("best_linear_projection", "policy_tree", "sensitivity")
"""Questions that need no judged effects, and so no more fits."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One learner's answers by question, and why others have none."""

    found: dict[str, Any] = field(default_factory=dict)
    not_answered: dict[str, str] = field(default_factory=dict)
    intervals: EffectIntervals | None = None

    def tables(self, level: float) -> dict[str, pd.DataFrame]:
        """The answers that are tables."""
        found = {}
        for name, answer in self.found.items():
            if isinstance(answer, pd.DataFrame):
                found[name] = answer
            elif hasattr(answer, "to_frame"):
                found[name] = answer.to_frame(level)
        return found


def answers_of(job: Job, learners: dict[str, MetaLearner]) -> dict[str, Answers]:
    """The answers of each learner; scores are those of the first that has some."""
    asked = job.file.contents.estimate
    if not asked.for_whom and not asked.sensitivity and asked.effect_intervals is None:
        return {}
    judge = next((each for each in learners.values() if _has_scores(each)), None)
    return {label: _answers(job, learner, judge) for label, learner in learners.items()}


def _has_scores(learner: MetaLearner) -> bool:
    return learner.declaration.has_score(fitted_state(learner).study.n_variants)


def _answers(job: Job, learner: MetaLearner, judge: MetaLearner | None) -> Answers:
    """One learner's answers."""
    asked, answers = job.file.contents.estimate, Answers()
    questions = [*asked.for_whom, *(["sensitivity"] if asked.sensitivity else [])]
    if judge is None:
        why = "No learner has the outcomes and propensities that scores are made of."
        return Answers({}, dict.fromkeys(questions, why), _intervals(job, learner))
    own = learner if _has_scores(learner) else judge
    scores = own.scores(with_bias=asked.sensitivity)
    needs = [name for name in questions if name not in OF_SCORES]
    judged = _try(answers, needs, lambda: _judged(job, learner, judge)) if needs else None
    for name in questions:
        if name in OF_SCORES or judged is not None:
            ask = _question(name, job, scores, judged)
            found = _try(answers, [name], ask)
            if found is not None:
                answers.found[name] = found
    return Answers(answers.found, answers.not_answered, _intervals(job, learner))


def _try(answers: Answers, names: list[str], ask: Callable[[], Any]) -> Any:
    """An answer; a question that cannot be answered does not keep others from theirs."""
    try:
        return ask()
    except InvalidInput as error:
        answers.not_answered.update(dict.fromkeys(names, str(error)))
        return None


def _judged(job: Job, learner: MetaLearner, judge: MetaLearner) -> JudgedEffects:
    """A learner's judged effects; models of earlier folds are fitted for them now."""
    own = None if _has_scores(learner) else judge
    return learner.judged_effects(job.table.X, nuisances=own, **_care(job))


def _care(job: Job) -> dict[str, Any]:
    store, retries = job.file.store, job.file.contents.run.retries
    return {"store": None if store is None else str(store), "retries": retries}


def _intervals(job: Job, learner: MetaLearner) -> EffectIntervals | None:
    n_draws = job.file.contents.estimate.effect_intervals
    if n_draws is None:
        return None
    return learner.effect_intervals(job.table.X, job.rows.X, n_draws, **_care(job))


def _question(
    name: str, job: Job, scores: Scores, judged: JudgedEffects | None
) -> Callable[[], Any]:
    """A question by its name in job files."""
    asked = job.file.contents.estimate
    costs = None if asked.costs is None else np.asarray(asked.costs)
    return {
        "gates": lambda: gates(judged),
        "calibration": lambda: calibration(judged),
        "clan": lambda: clan(judged, _covariates(job)),
        "rate": lambda: rate(judged),
        "rank_curve": lambda: rank_curve(judged, costs=costs),
        "best_linear_projection": lambda: best_linear_projection(scores, _covariates(job)),
        "policy_tree": lambda: _tree(scores, _covariates(job), costs),
        "sensitivity": lambda: sensitivity(scores).table,
    }[name]


def _covariates(job: Job) -> Any:
    """The covariates in memory; those in files are read here, as no fit has brought them along."""
    X, features = job.table.X, job.table.features
    return X.arrow(features).to_pandas() if isinstance(X, FileTable) else X


@dataclass(frozen=True, slots=True)
class TreeFound:
    """A rule, and what one that was learned from half of the rows gains on the others."""

    tree: Any
    value: Any

    def to_frame(self, level: float) -> pd.DataFrame:
        """The gains of the rule that was learned from half of the rows."""
        frame: pd.DataFrame = self.value.to_frame(level)
        return frame


def _tree(scores: Scores, X: Any, costs: Any) -> TreeFound:
    """A rule of all rows, valued by another that has not seen the rows it is valued on."""
    n_rows = np.asarray(scores.values).shape[1]
    half = np.random.default_rng(0).permutation(n_rows) < n_rows // 2
    if scores.groups is not None:  # whole groups are in one half
        codes = np.unique(scores.groups, return_inverse=True)[1]
        half = (np.random.default_rng(0).permutation(codes.max() + 1) % 2 == 0)[codes]
    frame = pd.DataFrame(X).reset_index(drop=True)
    here, there = (frame[rows].reset_index(drop=True) for rows in (half, ~half))
    of_half = policy_tree(scores.of_rows(half), here, costs=costs)
    value = policy_value(scores.of_rows(~half), of_half.predict(there), costs)
    return TreeFound(policy_tree(scores, X, costs=costs), value)
