"""Trials of base models for one kind of a learner: each with its loss on rows held out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from causal_dask.compile.assemble import Start, join_plans, plan_of, with_timings
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import Repeats, evaluations
from causal_dask.compile.stacks import with_stacks_of
from causal_dask.errors import CausalDaskError
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.plans.caps import Caps
from causal_dask.plans.plan import Plan
from causal_dask.runtime.failures import Failure
from causal_dask.runtime.results import value_of
from causal_dask.runtime.run import run
from causal_dask.runtime.task import Care
from causal_dask.spec.learner import Model
from causal_dask.study.base_models.arguments import STAGES, Asked, estimators_of, of_kind
from causal_dask.study.prepare import prepare
from causal_dask.study.request import Given
from causal_dask.study.study import Training
from causal_dask.tasks.estimators import unfitted_copy


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of the base model of a kind."""

    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of a trial, the keys of its scores, and the number of its own fits."""

    plan: Plan
    scores: tuple[str, ...]
    n_fits: int


@dataclass(frozen=True, slots=True)
class Bench:
    """The data that trials are fitted to, and how."""

    given: Given
    care: Care
    caps: Caps
    fit_params: Mapping[str, Any] | None = None

    def losses(
        self, learner: MetaLearner, trials: Sequence[Trial]
    ) -> tuple[list[float | str], int]:
        """The loss of each trial, or why it has none, from one graph; and its number of fits."""
        made = [self._plan(learner, trial) for trial in trials]
        plans = [each.plan for each in made if isinstance(each, Planned)]
        if not plans:
            return [str(each) for each in made], 0
        plan = join_plans(plans, self.caps)
        found = run(plan)
        losses = [
            _loss(found, each.scores) if isinstance(each, Planned) else str(each) for each in made
        ]
        return losses, plan.count("fit")

    def fits_of_trial(self, learner: MetaLearner, kind: str) -> tuple[int, int]:
        """How many fits a trial of a kind takes, and how many the models that it reads take."""
        made = self._plan(learner, Trial(kind, {}))
        if isinstance(made, CausalDaskError):
            raise made
        return made.n_fits, made.plan.count("fit") - made.n_fits

    def _plan(self, learner: MetaLearner, trial: Trial) -> Planned | CausalDaskError:
        """The plan of a trial's scores, and their keys; or why it cannot be made."""
        try:
            made = with_models(learner, {trial.kind: trial.settings})
            prepared = prepare(made._request(self.fit_params, True, self.care), self.given)  # noqa: SLF001
        except CausalDaskError as error:
            return error
        declaration = with_stacks_of(made.declaration, prepared.study)
        compilers = [Compiler(declaration, study) for study in prepared.studies]
        judged = Repeats(compilers, made.repeat_aggregation, Training(), prepared.study.weight)
        scores = [
            each.score_node(judged, scorer_of(each.step, prepared.study.n_classes > 0))
            for each in evaluations(compilers[0], prepared.variants)
            if each.step.name == trial.kind
        ]
        plan = with_timings(plan_of(compilers, scores, dict, Start(care=self.care)))
        n_fits = len(scores) * prepared.study.splits[trial.kind].n_folds
        return Planned(plan, tuple(each.key for each in scores), n_fits)


def with_models(learner: MetaLearner, settings: Mapping[str, Mapping[str, Any]]) -> MetaLearner:
    """The learner with settings for the base models of some kinds, as instances."""
    asked = learner._arguments(None)  # noqa: SLF001 - our own
    steps = {step.name: step for step in learner.declaration.models if step.name in settings}
    return with_estimators(
        learner, {kind: _model(asked, step, settings[kind]) for kind, step in steps.items()}
    )


def with_estimators(learner: MetaLearner, estimators: Mapping[str, Any]) -> MetaLearner:
    """The learner with other base models for some kinds."""
    asked = learner._arguments(None)  # noqa: SLF001 - our own
    steps = {step.name: step for step in learner.declaration.models}
    arguments: dict[str, Any] = {}
    for stage in {STAGES[steps[kind].role] for kind in estimators}:
        models = {
            name: estimators[name] if name in estimators else _model(asked, step, {})
            for name, step in steps.items()
            if STAGES[step.role] == stage
        }
        is_one = stage == "propensity"
        arguments[f"{stage}_model_factory"] = next(iter(models.values())) if is_one else models
        arguments[f"{stage}_model_params"] = None
    return clone(learner).set_params(**arguments)


def model_of(learner: MetaLearner, kind: str) -> Any:
    """The unfitted base model of a kind; a list where several are stacked."""
    step = next(step for step in learner.declaration.models if step.name == kind)
    return _model(learner._arguments(None), step, {})  # noqa: SLF001 - our own


def _model(asked: Asked, step: Model, settings: Mapping[str, Any]) -> Any:
    factory = of_kind(asked, asked.factories[STAGES[step.role]], step)
    if isinstance(factory, list | tuple) and len(factory) > 1 and not settings:
        return factory
    made = estimators_of(asked, [step])[step.name]
    return unfitted_copy(made).set_params(**settings) if settings else made


def scorer_of(step: Model, is_classification: bool) -> str:
    """The name of the score of a kind: minus the log loss, or the mean squared error."""
    classifies = step.role == "propensity" or step.role == "outcome" and is_classification
    return "neg_log_loss" if classifies else "neg_mean_squared_error"


def _loss(results: Mapping[str, Any], keys: Sequence[str]) -> float | str:
    """The mean loss of the models of a kind."""
    found = [results[key] for key in keys]
    failed = next((each for each in found if isinstance(each, Failure)), None)
    if failed is not None:
        return str(failed.error)
    loss = -float(np.mean([float(value_of(each)) for each in found]))
    return loss if np.isfinite(loss) else f"The loss is {loss}, no finite number."
