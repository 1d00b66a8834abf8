"""Ask fitted learners for whom treatments work, and how sure that is; keep why some cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from causal_dask.inference.named_costs import costs_in_order
from causal_dask.inference.policies.policy_value import policy_value
from causal_dask.inference.policies.tree_search import policy_tree
from causal_dask.inference.robustness.sensitivity import sensitivity
from causal_dask.sources.paths import is_path

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about the training rows ``X``, and what it costs to treat.

    ``n_draws`` random halves are refitted for intervals of the effects of ``rows``. ``care`` says
    where further fits are kept, and how often a failed one is tried again. ``read`` reads ``X``,
    where it stays in files.
    """

    X: Any
    questions: tuple[str, ...]
    costs: Any = None
    rows: Any = None
    n_draws: int | None = None
    care: Mapping[str, Any] = field(default_factory=dict)
    read: Callable[[], Any] | None = None

    def covariates(self) -> Any:
        """The covariates in memory; raises if they stay in their files."""
        X = self.X if self.read is None else self.read()
        if is_path(X):
            raise InvalidInput(
                "The covariates stay in their files, and this is computed in memory only."
            )
        return X


def answers_of(asked: Asked, learners: Mapping[str, MetaLearner]) -> dict[str, Answers]:
    """The answers of each learner; scores are those of the first that has some."""
    if not asked.questions and asked.n_draws is None:
        return {}
    judge = next((each for each in learners.values() if has_scores(each)), None)
    return {label: _answers(asked, learner, judge) for label, learner in learners.items()}


def has_scores(learner: MetaLearner) -> bool:
    """Whether a learner has the scores that average effects are made of."""
    return learner.declaration.has_score(fitted_state(learner).study.n_variants)


def _answers(asked: Asked, learner: MetaLearner, judge: MetaLearner | None) -> Answers:
    """One learner's answers."""
    answers, questions = Answers(), list(asked.questions)
    if judge is None:
        why = "No learner has the outcomes and propensities that scores are made of."
        return Answers({}, dict.fromkeys(questions, why), _intervals(asked, learner))
    own = learner if has_scores(learner) else judge
    scores = own.scores(with_bias="sensitivity" in questions)
    needs = [name for name in questions if name not in OF_SCORES]
    judged = _try(answers, needs, lambda: _judged(asked, learner, judge)) if needs else None
    for name in questions:
        if name in OF_SCORES or judged is not None:
            ask = _question(name, asked, scores, judged)
            found = _try(answers, [name], ask)
            if found is not None:
                answers.found[name] = found
    return Answers(answers.found, answers.not_answered, _intervals(asked, learner))


def _try(answers: Answers, names: list[str], ask: Callable[[], Any]) -> Any:
    """An answer; a question that cannot be answered does not keep others from theirs."""
    try:
        return ask()
    except InvalidInput as error:
        answers.not_answered.update(dict.fromkeys(names, str(error)))
        return None


def _judged(asked: Asked, learner: MetaLearner, judge: MetaLearner) -> JudgedEffects:
    """A learner's judged effects; models of earlier folds are fitted for them now."""
    own = None if has_scores(learner) else judge
    return learner.judged_effects(asked.X, nuisances=own, **asked.care)


def _intervals(asked: Asked, learner: MetaLearner) -> EffectIntervals | None:
    if asked.n_draws is None:
        return None
    return learner.effect_intervals(asked.X, asked.rows, asked.n_draws, **asked.care)


def _question(
    name: str, asked: Asked, scores: Scores, judged: JudgedEffects | None
) -> Callable[[], Any]:
    """A question by its name."""
    costs = None if asked.costs is None else costs_in_order(asked.costs, scores.variants)
    return {
        "gates": lambda: gates(judged),
        "calibration": lambda: calibration(judged),
        "clan": lambda: clan(judged, asked.covariates()),
        "rate": lambda: rate(judged),
        "rank_curve": lambda: rank_curve(judged, costs=costs),
        "best_linear_projection": lambda: best_linear_projection(scores, asked.covariates()),
        "policy_tree": lambda: _tree(scores, asked.covariates(), costs),
        "sensitivity": lambda: sensitivity(scores).table,
    }[name]


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
    rule = policy_tree(scores.of_rows(half), here, costs=costs).predict(there)
    rule = rule.astype(np.int64) if rule.dtype.kind == "b" else rule  # labels, not who is treated
    value = policy_value(scores.of_rows(~half), rule, costs)
    return TreeFound(policy_tree(scores, X, costs=costs), value)
