"""Candidates as plans: each is fitted and scored in one graph, without models that nobody keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from causal_dask.compile.assemble import Start, plan_of, with_timings
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import Repeats
from causal_dask.compile.stacks import with_stacks_of
from causal_dask.errors import ModelFailed
from causal_dask.estimators.judging.scoring import (
    scorings,
    warn_if_effects_know_the_rows,
    weights_of,
)
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.fitted.fitted import Fitted, Target
from causal_dask.fitted.timings import names_of, record_runs
from causal_dask.graph.node import Source
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import failures_in, raise_failures
from causal_dask.runtime.results import value_of
from causal_dask.runtime.task import Care
from causal_dask.study.prepare import prepare
from causal_dask.study.request import Given, Prepared
from causal_dask.study.study import OutOfSample, Training

SCORE = "score"
"""The function whose calls are scores; all others count as the fit."""

Keys = Mapping[str, str]
"""The keys of scores, by their names."""


@dataclass(frozen=True, slots=True)
class SearchData:
    """What all candidates are fitted to, and on which new rows they are scored, if on any."""

    training: Given
    test: Given | None
    oos_method: OutOfSample
    options: Mapping[str, Any]
    care: Care
    seed: Any = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A learner, the plan that fits and scores it, and the keys of its scores."""

    learner: MetaLearner
    prepared: Prepared
    plan: Plan
    train: Keys
    test: Keys | None
    kept: frozenset[str]

    def outcome(self, results: Mapping[str, Any]) -> Outcome:
        """What has become of it, given the results of a plan with its nodes."""
        own = {key: results[key] for key in self.plan.output_keys}
        names = names_of(self.plan)
        ran = record_runs(names, own).values()
        seconds = [(each.call == SCORE, each.timing.seconds) for each in ran]
        fit_time = float(sum(duration for is_score, duration in seconds if not is_score))
        score_time = float(sum(duration for is_score, duration in seconds if is_score))
        try:
            raise_failures(failures_in(own), self.plan.labels)
        except ModelFailed as error:
            return Outcome(None, {}, None, fit_time, score_time, str(error))
        learner = None
        if self.kept:
            kept = {key: result for key, result in own.items() if key in self.kept}
            learner = clone(self.learner)._finish(kept, self.prepared, names)  # noqa: SLF001
        test = None if self.test is None else _values(own, self.test)
        return Outcome(learner, _values(own, self.train), test, fit_time, score_time)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A candidate that has run: the fitted learner if it is kept, its scores, its seconds of work.

    Work that it shares with other candidates counts for each of them. ``error`` says why a
    candidate that failed has no scores.
    """

    metalearner: MetaLearner | None
    train_scores: dict[str, float]
    test_scores: dict[str, float] | None
    fit_time: float
    score_time: float
    error: str | None = None


def candidate(
    learner: MetaLearner, data: SearchData, scoring: Mapping[str, Any], *, keep: bool
) -> Candidate:
    """The plan that fits a learner and scores it; raises if it could not use the data."""
    options = dict(data.options)
    request = learner._request(  # noqa: SLF001 - a fit that is not run by itself
        options.get("fit_params"), options.get("synchronize_cross_fitting", True), data.care
    )
    prepared = prepare(request, data.training)
    declaration = with_stacks_of(learner.declaration, prepared.study)
    fitted = Fitted(declaration, prepared, {})
    compilers = [Compiler(declaration, study) for study in prepared.studies]
    train = _scores(learner, fitted, compilers, Target(None, Training()), scoring)
    test = None
    if data.test is not None:
        rows = fitted.labelled_target(data.test, True, data.oos_method)
        test = _scores(learner, fitted, compilers, rows, scoring)
    kept = [made for each in compilers for made in learner._outputs(each)] if keep else []  # noqa: SLF001
    outputs = [*kept, *train.values(), *(test or {}).values()]
    plan = with_timings(plan_of(compilers, outputs, dict, Start(care=data.care)))
    return Candidate(
        learner,
        prepared,
        plan,
        _keys(train),
        None if test is None else _keys(test),
        frozenset(made.key for made in kept),
    )


def _scores(
    learner: MetaLearner, fitted: Fitted, compilers: Sequence[Compiler], target: Target,
    scoring: Mapping[str, Any],
) -> dict[str, Source]:  # fmt: skip
    """The node of each score on some rows."""
    labels = fitted.prepared.variants
    judged = Repeats(compilers, learner.repeat_aggregation, target.rows, weights_of(fitted, target))
    if "effect" in scoring and isinstance(target.rows, Training):
        warn_if_effects_know_the_rows(fitted, type(learner).__name__)
    return scorings(judged, judged, scoring, labels)


def _keys(scores: Mapping[str, Source]) -> dict[str, str]:
    return {name: made.key for name, made in scores.items()}


def _values(results: Mapping[str, Any], keys: Keys) -> dict[str, float]:
    return {name: float(value_of(results[key])) for name, key in keys.items()}
