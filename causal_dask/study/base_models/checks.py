"""Refuses base models that cannot do what they are for, and warns of settings that do harm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.spec.learner import Model
from causal_dask.spec.stacks import kind_of
from causal_dask.study.base_models.arguments import STAGES, Asked, models_with
from causal_dask.study.base_models.fit_params import carries_weights, fit_params_of
from causal_dask.study.base_models.traits import classifies, name_of, offers, regresses
from causal_dask.tasks.estimators import weight_keyword


def check_estimators(estimators: Mapping[str, Any], asked: Asked, is_classification: bool) -> None:
    """Raise unless each estimator can do what its kind is for."""
    for step in models_with(asked, estimators):
        argument = f"{STAGES[step.role]}_model_factory"
        wants = step.role == "propensity" or step.role == "outcome" and is_classification
        _check_task(estimators[step.name], step, argument, wants)
        if step.weight and not weight_keyword(estimators[step.name]):
            raise InvalidInput(
                f"The '{argument}' of {asked.owner} must take 'sample_weight' in its fit, since "
                f"the {step.name} is weighted. {name_of(estimators[step.name])} does not."
            )


def check_weights(
    estimators: Mapping[str, Any], asked: Asked, unweighted: Collection[str], weighted: bool
) -> None:
    """Raise if row weights are given that some model cannot take."""
    kinds = asked.learner.kinds
    is_list = isinstance(unweighted, Collection) and not isinstance(unweighted, str)
    if not is_list or any(kind not in kinds for kind in unweighted):
        raise InvalidInput(
            f"The 'unweighted' parameter of {asked.owner} must be a list of its model kinds "
            f"{list(kinds)}. Got {unweighted!r}."
        )
    params = fit_params_of(asked)
    twice = [k for k in kinds if k not in unweighted and carries_weights(params.get(k, {}))]
    if weighted and twice:
        raise InvalidInput(
            f"'sample_weight' is passed to fit and by 'fit_params' to the {twice[0]}. Leave one of "
            "them out."
        )
    for kind in estimators if weighted else []:
        if kind_of(kind) not in unweighted and not weight_keyword(estimators[kind]):
            raise InvalidInput(
                f"'sample_weight' cannot reach the {kind}: {name_of(estimators[kind])} takes none. "
                f"Use a model that does, or fit it without by unweighted=[{kind_of(kind)!r}]."
            )


def warn_of_habits(estimators: Mapping[str, Any], asked: Asked, grouped: bool) -> None:
    """Warn of settings that help a prediction and harm an effect."""
    for step in models_with(asked, estimators):
        estimator = estimators[step.name]
        settings = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
        used = {name.rpartition("__")[2] for name, value in settings.items() if _is_set(value)}
        tilted = used & {"class_weight", "scale_pos_weight"}
        if step.role == "propensity" and tilted:
            warn(
                f"The {step.name} has {tilted.pop()!r} set, so its probabilities are not "
                "propensities. Leave it out, or calibrate the model.",
                CausalDaskWarning,
            )
        searches = any(name.rpartition("__")[2] == "cv" for name in settings)
        searches |= getattr(estimator, "validates_itself", False)
        if grouped and (searches or used & {"early_stopping", "early_stopping_rounds"}):
            warn(
                f"The {step.name} validates itself on rows of its own choice, which ignores "
                "'groups': rows of a group may be on both sides.",
                CausalDaskWarning,
            )


def _check_task(estimator: Any, step: Model, argument: str, wants_classifier: bool) -> None:
    """Raise if a classifier stands where a regressor is needed, or the reverse."""
    if wants_classifier and (regresses(estimator) or not offers(estimator, "predict_proba")):
        raise InvalidInput(
            f"The '{argument}' for the {step.name} must be a classifier with predict_proba. "
            f"Got {name_of(estimator)}."
        )
    if not wants_classifier and classifies(estimator):
        hint = " For classes in 'y', is_classification must be true." * (step.role == "outcome")
        raise InvalidInput(
            f"The '{argument}' for the {step.name} must be a regressor. "
            f"Got {name_of(estimator)}.{hint}"
        )


def _is_set(value: Any) -> bool:
    return (
        value is not None
        and value is not False
        and not (isinstance(value, str) and value == "auto")
    )
