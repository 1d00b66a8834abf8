"""The arguments that say which base models a learner has, and the estimators made of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.spec import Learner, Model
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
    return {step.name: _estimator(asked, step) for step in steps}


def models_with(asked: Asked, estimators: Mapping[str, Any]) -> list[Model]:
    """The model kinds that have an estimator, and so are not cross-fits."""
    return [step for step in asked.learner.models if step.name in estimators]


def features_of(asked: Asked, step: Model) -> Any:
    """The features that a model kind sees, as the user named them."""
    return _of_kind(asked, asked.feature_set, step)


def with_propensity_model(asked: Asked, model: Any, column: str | None) -> Asked:
    """The arguments with a propensity model that is known by design, and the column it reads."""
    kinds = {step.name: features_of(asked, step) for step in asked.learner.models}
    known = {s.name: column and [column] for s in asked.learner.models if s.role == "propensity"}
    return replace(
        asked,
        factories={**asked.factories, "propensity": model},
        params={**asked.params, "propensity": None},
        feature_set={**kinds, **known},
    )


def _estimator(asked: Asked, step: Model) -> Any:
    stage = STAGES[step.role]
    factory = _of_kind(asked, asked.factories[stage], step)
    argument = f"{stage}_model_factory"
    if factory is None:
        raise InvalidInput(
            f"The '{argument}' parameter of {asked.owner} must be given: it makes the {step.name}."
        )
    params = _of_kind(asked, asked.params[stage], step) or {}
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


def _of_kind(asked: Asked, argument: Any, step: Model) -> Any:
    """The part of an argument that is for one model kind: all of it, unless its keys are kinds."""
    kinds = {model.name for model in asked.learner.models}
    if not isinstance(argument, Mapping) or not argument or not set(argument) & kinds:
        return argument
    if unknown := [kind for kind in argument if kind not in kinds]:
        raise InvalidInput(
            f"{asked.owner} has no model kinds {unknown}. Its kinds are {sorted(kinds)}."
        )
    return argument.get(step.name)


def _set(instance: Any, params: Mapping[str, Any]) -> Any:
    """A copy of an instance with ``params``; duck-typed ones are copied as they are."""
    if not hasattr(instance, "get_params"):
        return copy.deepcopy(instance)
    return unfitted_copy(instance).set_params(**params)
