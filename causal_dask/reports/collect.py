"""Collect what a report shows of fitted learners: all that is there, or is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.compile.estimands import Estimand
from causal_dask.display import listed
from causal_dask.errors import CausalDaskWarning, InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.evaluation.predicted_effects import effect_frame
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.columns_beside import FEW_ROWS
from causal_dask.fitted.fitted import Fitted
from causal_dask.reports.answers import Answers, Asked, answers_of
from causal_dask.reports.columns import columns_of
from causal_dask.reports.contents import Contents, Run, Study
from causal_dask.reports.page import in_words

BY_DEFAULT = ("gates", "rank_curve", "clan", "policy_tree", "calibration")
"""What a report answers unless told otherwise."""

ENOUGH = 4 * FEW_ROWS
"""The rows from which on a rule of four leaves is learned by default."""

NO_X = "This needs the covariates: pass the 'X' of fit."

SPARSE = "The columns of a sparse matrix are not described."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is asked for, as in ``report``."""

    questions: tuple[str, ...] | None
    costs: Any
    planned: bool
    level: float
    outcome: str
    treatment: str


def contents_of(learners: Mapping[str, MetaLearner], X: Any, wanted: Wanted) -> Contents:
    """What a report shows of learners that were fitted to ``X``, or to covariates not passed."""
    why_not = _why_not(X, wanted)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for learner in learners.values():
            learner._warn_of_clipping()  # noqa: SLF001 - what fit has said, again
        ate, not_estimated = average_effects(learners)
        answers = _answers(learners, X, wanted)
        effects = _tried(learners, X, why_not, "effects", effect_frame)
        scores = _tried(learners, X, why_not, "scores", _scores)
    ours = [in_words(each) for each in caught if issubclass(each.category, CausalDaskWarning)]
    return Contents(
        study=_study(learners, X, wanted),
        learners=learners,
        level=wanted.level,
        run=Run(pd.concat([each.timings_ for each in learners.values()]).drop_duplicates("key")),
        ate=ate,
        not_estimated=not_estimated,
        answers=answers,
        effects=effects,
        effects_of="Each row's effect comes from models that were fitted without the row.",
        scores=scores,
        warnings=tuple(dict.fromkeys(ours)),
        why_not=why_not,
        planned=wanted.planned,
    )


def _why_not(X: Any, wanted: Wanted) -> dict[str, str]:
    """Why parts may be missing."""
    if X is None:
        return dict.fromkeys(("questions", "effects", "scores", "columns", "covariates"), NO_X)
    found = {"questions": "To see them, name them in 'for_whom'.", "columns": SPARSE}
    if wanted.questions is None and X.shape[0] < ENOUGH:
        few = f"fewer than {ENOUGH} rows are too few to learn and to judge a rule."
        found["policy_tree"] = f"{few} Name it in 'for_whom' to see it nevertheless."
    return found


def average_effects(
    learners: Mapping[str, MetaLearner], estimand: Estimand = "ATE"
) -> tuple[dict[str, ATEResult], dict[str, str]]:
    """The average effects of learners, and why some have none."""
    found, why = {}, {}
    for name, learner in learners.items():
        try:
            found[name] = learner.scores(estimand=estimand).average_effect()
        except InvalidInput as error:  # S- and T-learners have no propensities
            why[name] = str(error)
    return found, why


def _answers(learners: Mapping[str, MetaLearner], X: Any, wanted: Wanted) -> dict[str, Answers]:
    """What is asked about whom treatments work for; nothing without covariates."""
    if X is None:
        return {}
    asked = wanted.questions
    if asked is None:
        few = X.shape[0] < ENOUGH
        asked = tuple(q for q in BY_DEFAULT if not (few and q == "policy_tree"))
    return answers_of(Asked(X, asked, wanted.costs), learners)


def _tried(
    learners: Mapping[str, MetaLearner], X: Any, why_not: dict[str, str], part: str, ask: Any
) -> dict[str, Any]:
    """A part of each learner that has it; why the others have not goes to ``why_not``."""
    found: dict[str, Any] = {}
    for name, learner in ({} if X is None else learners).items():
        try:
            found[name] = ask(learner, X)
        except InvalidInput as error:
            why_not[part] = str(error)
    return found


def _scores(learner: MetaLearner, X: Any) -> dict[str, float]:
    """The out-of-fold scores of a learner's models."""
    fitted = fitted_state(learner)
    variants = _labels(fitted.prepared.variants, fitted.study.w.value)
    return learner.evaluate(X, _outcome(fitted), variants)


def _outcome(fitted: Fitted) -> Any:
    """The outcome as it was passed to ``fit``."""
    values, classes = fitted.study.y.value, fitted.prepared.classes
    return _labels(classes, values) if classes else values


def _labels(labels: tuple[Any, ...], codes: Any) -> Any:
    """Labels in place of their numbers."""
    return pd.Index(labels, tupleize_cols=False).to_numpy()[np.asarray(codes, dtype=np.int64)]


def _study(learners: Mapping[str, MetaLearner], X: Any, wanted: Wanted) -> Study:
    """What was studied, with the rows, learners and folds in a line."""
    learner = next(iter(learners.values()))
    fitted = fitted_state(learner)
    counts = np.bincount(learner.treatments_, minlength=len(fitted.prepared.variants))
    arms = [f"{n:,} of {arm}" for arm, n in zip(fitted.prepared.variants, counts, strict=True)]
    covariates = f"{learner.n_features_in_} covariates"
    summary = (
        f"{counts.sum():,} rows, {covariates}; {listed(arms)}; {listed(list(learners))}; seed "
        f"{learner.random_state_}."
    )
    columns = None if X is None else columns_of(X)
    return Study(wanted.outcome, wanted.treatment, summary, columns, X)
