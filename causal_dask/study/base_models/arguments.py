"""The arguments that say which base models a learner has, and the estimators made of them."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn.pipeline import Pipeline

from causal_dask.display import listed
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.spec import Learner, Model
from causal_dask.spec.stacks import candidate_name, candidate_of, with_stacks
from causal_dask.study.base_models.traits import name_of, offers
from causal_dask.tasks.estimators import unfitted_copy

STAGES = {"propensity": "propensity", "outcome": "nuisance", "effect": "treatment"}
"""Which of the three families of arguments a model takes its factory and parameters from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of a learner that say which base models it has."""

    learner: Learner
    owner: str
    factories: Mapping[str, Any]
    params: Mapping[str, Any]
    feature_set: Any
    fit_params: Mapping[str, Any] | None


def estimators_of(asked: Asked, steps: Sequence[Model]) -> dict[str, Any]:
    """An unfitted estimator for each of these model kinds."""
    check_factories(asked, steps)
    return {step.name: _estimator(asked, step) for step in steps}


def check_factories(asked: Asked, steps: Sequence[Model]) -> None:
    """Raise if there is no factory for some of these model kinds, of which all are named."""
    missing = [s for s in steps if of_kind(asked, asked.factories[STAGES[s.role]], s) is None]
    if not missing:
        return
    stages = list(dict.fromkeys(STAGES[step.role] for step in missing))
    arguments = listed([f"'{stage}_model_factory'" for stage in stages])
    makes = listed([f"the {step.name}" for step in missing])
    write = ", ".join(f"{stage}_model_factory={_EXAMPLES[stage]}" for stage in stages)
    one = len(stages) == 1
    raise InvalidInput(
        f"The {arguments} parameter{'' if one else 's'} of {asked.owner} must be given: "
        f"{'it makes' if one else 'they make'} {makes}. Pass an estimator's class or instance by "
        f"name, for instance {asked.owner}({write})."
    )


_EXAMPLES = {
    "propensity": "LogisticRegression",
    "nuisance": "LinearRegression",
    "treatment": "LinearRegression",
}


def models_with(asked: Asked, estimators: Mapping[str, Any]) -> list[Model]:
    """The model kinds that have an estimator, and so are not cross-fits."""
    return [step for step in asked.learner.models if step.name in estimators]


def features_of(asked: Asked, step: Model) -> Any:
    """The features that a model kind sees, as the user named them."""
    return of_kind(asked, asked.feature_set, step)


def with_propensity_model(asked: Asked, model: Any, column: str | None) -> Asked:
    """The arguments with a propensity model that is known by design, and the column it reads."""
    kinds = {step.kind: features_of(asked, step) for step in asked.learner.models}
    known = {s.kind: column and [column] for s in asked.learner.models if s.role == "propensity"}
    return replace(
        asked,
        factories={**asked.factories, "propensity": model},
        params={**asked.params, "propensity": None},
        feature_set={**kinds, **known},
    )


def with_candidates(asked: Asked, known: Collection[str], n_folds: Any) -> Asked:
    """The arguments with a declaration that stacks each kind of which several models are passed.

    Kinds that are ``known`` without a model have no candidates.
    """
    names = []
    for step in asked.learner.models:
        factory = of_kind(asked, asked.factories[STAGES[step.role]], step)
        if isinstance(factory, list | tuple) and step.name not in known:
            _check_list(asked, step, factory)
            several = factory if len(factory) > 1 else ()
            names += [candidate_name(step.name, label) for label in _labels(several)]
    if names and 1 in (n_folds.values() if isinstance(n_folds, Mapping) else [n_folds]):
        raise InvalidInput(
            f"The 'n_folds' parameter of {asked.owner} must be 2 or more to stack several models: "
            "their weights come from out-of-fold predictions. Got 1."
        )
    return replace(asked, learner=with_stacks(asked.learner, names))


def _check_list(asked: Asked, step: Model, factories: Sequence[Any]) -> None:
    """Raise unless a list of models for a kind can be stacked."""
    argument = f"'{STAGES[step.role]}_model_factory'"
    if not factories:
        raise InvalidInput(
            f"The {argument} of {asked.owner} has no model for the {step.name}. Got an empty list."
        )
    if not step.is_nuisance:
        raise InvalidInput(
            f"The {argument} of {asked.owner} must be one model for the {step.name}. Got a list of "
            f"{len(factories)}. Lists are stacked for nuisance models; to mix effects, use "
            "causal_dask.ensemble."
        )


def _labels(factories: Sequence[Any]) -> list[str]:
    """What candidates are called: by their classes, with a number where these are the same."""
    names = [name_of(_last_step(factory)) for factory in factories]
    twice = {name for name in names if names.count(name) > 1}
    numbered = (f"{name} {names[:n].count(name) + 1}" for n, name in enumerate(names))
    return [new if old in twice else old for old, new in zip(names, numbered, strict=True)]


def _last_step(factory: Any) -> Any:
    """The model at the end of a pipeline, or the model."""
    return factory.steps[-1][1] if isinstance(factory, Pipeline) else factory


def _of_candidate(asked: Asked, step: Model, stage: str) -> tuple[Any, Mapping[str, Any]]:
    """The factory and the parameters of a model, which may be one of several candidates."""
    factory = of_kind(asked, asked.factories[stage], step)
    params = of_kind(asked, asked.params[stage], step) or {}
    label = candidate_of(step.name)
    if not label:
        return _alone(asked, step, factory), params
    position = _labels(factory).index(label)
    if isinstance(params, Mapping):
        return factory[position], params
    if not isinstance(params, list | tuple) or len(params) != len(factory):
        raise InvalidInput(
            f"The '{stage}_model_params' of {asked.owner} must be a dict for all {len(factory)} "
            f"candidates for the {step.kind}, or a list with a dict for each. Got {params!r}."
        )
    return factory[position], params[position] or {}


def _alone(asked: Asked, step: Model, factory: Any) -> Any:
    """The factory of a kind that has one model, which may be a list of one."""
    if not isinstance(factory, list | tuple):
        return factory
    if len(factory) != 1:
        raise InvalidInput(
            f"{asked.owner} stacks {len(factory)} models for the {step.name}, which fit does. "
            "A model that is fitted alone must be one."
        )
    return factory[0]


def _estimator(asked: Asked, step: Model) -> Any:
    stage = STAGES[step.role]
    factory, params = _of_candidate(asked, step, stage)
    argument = f"{stage}_model_factory"
    try:
        made = factory(**params) if isinstance(factory, type) else _set(factory, params)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"The '{stage}_model_params' of {asked.owner} do not fit {name_of(factory)} "
            f"(for the {step.name}): {error}"
        ) from error
    if not offers(made, "fit") or not offers(made, "predict"):
        raise InvalidType(
            f"The '{argument}' parameter of {asked.owner} must be an estimator's class or an "
            f"instance, with fit and predict. Got {name_of(factory)}."
        )
    return made


def of_kind(asked: Asked, argument: Any, step: Model) -> Any:
    """The part of an argument that is for one model kind: all of it, unless its keys are kinds."""
    kinds = set(asked.learner.kinds)
    if not isinstance(argument, Mapping) or not argument or not set(argument) & kinds:
        return argument
    if unknown := [kind for kind in argument if kind not in kinds]:
        raise InvalidInput(
            f"{asked.owner} has no model kinds {unknown}. Its kinds are {sorted(kinds)}."
        )
    return argument.get(step.kind)


def _set(instance: Any, params: Mapping[str, Any]) -> Any:
    """A copy of an instance with ``params``; duck-typed ones are copied as they are."""
    if not hasattr(instance, "get_params"):
        return copy.deepcopy(instance)
    return unfitted_copy(instance).set_params(**params)
