"""From factories and parameters to base models, with the columns and settings of each kind."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import narwhals as nw
import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.pipeline import Pipeline

from causal_dask.compile.costs import seconds_per_row
from causal_dask.compile.seeds import identity
from causal_dask.compile.study import Base
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.inputs import PANDAS, Columns
from causal_dask.graph.fingerprint import fingerprint
from causal_dask.spec import Learner, Model
from causal_dask.tasks.models import (
    THREAD_PARAMETERS,
    BaseModel,
    Jobs,
    seeds,
    takes_threads,
    thread_parameter,
)
from causal_dask.tasks.rows import Design, Encoding

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
    """The model kinds that have an estimator, and are not fitted already."""
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


def bases_of(
    estimators: Mapping[str, Any],
    asked: Asked,
    columns: Columns,
    unweighted: Collection[str],
    n_variants: int,
) -> dict[str, Base]:
    """The base model of each kind, with what it is given and shown."""
    fit_params = fit_params_of(asked)
    bases = {}
    for step in models_with(asked, estimators):
        features = _features(asked, step, columns)
        plain, jobs = _without_threads(estimators[step.name])
        encoding = _encoding(plain, columns) if step.variant_as_feature else None
        bases[step.name] = Base(
            model=BaseModel(plain, fingerprint(plain)),
            identity=identity(plain),
            wants_seed=hasattr(plain, "get_params") and bool(seeds(plain, 0)),
            design=Design(features, encoding, n_variants if encoding else 0),
            jobs=jobs,
            pace=seconds_per_row(plain),
            more_threads=_more_threads(plain, jobs),
            weighted=step.name not in unweighted,
            fit_params={k: per_row(v) for k, v in fit_params.get(step.name, {}).items()},
        )
    return bases


def offers(estimator: Any, method: str) -> bool:
    """Whether an estimator has a method; an unfitted stack shows it on its class only."""
    is_default_stack = getattr(estimator, "final_estimator", method) is None
    return hasattr(type(estimator) if is_default_stack else estimator, method)


def classifies(estimator: Any) -> bool:
    """Whether an estimator is a classifier: by its tags, or by predicting probabilities."""
    return is_classifier(estimator) if _has_tags(estimator) else hasattr(estimator, "predict_proba")


def regresses(estimator: Any) -> bool:
    """Whether an estimator says that it is a regressor."""
    return _has_tags(estimator) and bool(is_regressor(estimator))


def declares_categoricals(estimator: Any) -> bool:
    """Whether an estimator says that it takes pandas categories as they are."""
    if isinstance(estimator, Pipeline):
        return len(estimator.steps) == 1 and declares_categoricals(estimator.steps[-1][1])
    parameters = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    from_dtype = isinstance(parameters.get("categorical_features"), str)
    packages = {cls.__module__.partition(".")[0] for cls in type(estimator).__mro__}
    return "lightgbm" in packages or bool(parameters.get("enable_categorical")) or from_dtype


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
    return clone(instance).set_params(**params)


def _has_tags(estimator: Any) -> bool:
    return hasattr(estimator, "__sklearn_tags__")


def _encoding(estimator: Any, columns: Columns) -> Encoding:
    by_category = columns.kind == PANDAS and declares_categoricals(estimator)
    return "category" if by_category else "dummies"


def _features(asked: Asked, step: Model, columns: Columns) -> tuple[int, ...] | None:
    """The positions of the features that a model kind sees; None for all."""
    chosen = features_of(asked, step)
    if chosen is None:
        return None
    if isinstance(chosen, str | Mapping) or not isinstance(chosen, Collection):
        raise InvalidType(
            f"The 'feature_set' of {asked.owner} must be a list of columns, or a dict of lists for "
            f"the kinds {[model.name for model in asked.learner.models]}. Got {chosen!r}."
        )
    return tuple(_position(feature, asked, columns) for feature in chosen)


def _position(feature: Any, asked: Asked, columns: Columns) -> int:
    if columns.names is not None and feature in columns.names:
        return columns.names.index(feature)
    whole = isinstance(feature, int | np.integer) and not isinstance(feature, bool)
    if whole and columns.names is None and 0 <= feature < columns.n_features:
        return int(feature)
    known = list(columns.names) if columns.names else f"0 … {columns.n_features - 1}"
    raise InvalidInput(
        f"The 'feature_set' of {asked.owner} names the unknown column {feature!r}. "
        f"The columns of 'X' are {known}."
    )


def _without_threads(estimator: Any) -> tuple[Any, Jobs]:
    """The estimator with its thread counts left open, and those that the user had set."""
    if not hasattr(estimator, "get_params"):
        return estimator, ()
    counts = dict(_thread_counts(estimator))
    if counts:
        estimator = clone(estimator).set_params(**dict.fromkeys(counts))
    return estimator, tuple(counts.items())


def _more_threads(estimator: Any, jobs: Jobs) -> Jobs | None:
    """What to set for a fit to have more threads than one; None if it would not use them."""
    if jobs or not takes_threads(estimator):
        return None
    name = thread_parameter(estimator) if hasattr(estimator, "get_params") else None
    return ((name, 1),) if name else ()


def _thread_counts(estimator: Any) -> Iterator[tuple[str, int]]:
    for name, value in sorted(estimator.get_params(deep=True).items()):
        if name.rpartition("__")[2] in THREAD_PARAMETERS and isinstance(value, Integral):
            yield name, int(value)


def fit_params_of(asked: Asked) -> dict[str, Mapping[str, Any]]:
    """The fit parameters of each model kind, from the flat or the nested form."""
    kinds = [step.name for step in asked.learner.models]
    given = asked.fit_params or {}
    if not set(given) & {"nuisance", "treatment"}:
        return _without_weights(dict.fromkeys(kinds, given), asked)
    nested = {**given.get("nuisance", {}), **given.get("treatment", {})}
    unknown = [kind for kind in nested if kind not in kinds]
    if unknown or set(given) - {"nuisance", "treatment"}:
        raise InvalidInput(
            f"The nested 'fit_params' must be {{'nuisance': {{kind: …}}, 'treatment': …}} with the "
            f"kinds {kinds}. Got {unknown or list(given)}."
        )
    return _without_weights(nested, asked)


def per_row(value: Any) -> Any:
    """A fit parameter, as an array if it is a column, so that models can get their rows of it."""
    series = nw.from_native(value, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return series.to_numpy()
    is_column = isinstance(value, list) and all(map(np.isscalar, value))
    return np.asarray(value) if is_column else value


def carries_weights(params: Mapping[str, Any]) -> bool:
    """Whether fit parameters have row weights among them, for a pipeline's step too."""
    return any(name.rpartition("__")[2] == "sample_weight" for name in params)


def _without_weights(
    by_kind: dict[str, Mapping[str, Any]], asked: Asked
) -> dict[str, Mapping[str, Any]]:
    """The same parameters; raises if they would replace the weights of a weighted model."""
    for step in asked.learner.models:
        if step.weight and carries_weights(by_kind.get(step.name, {})):
            raise InvalidInput(
                f"'sample_weight' cannot be passed by 'fit_params' to the {step.name} of "
                f"{asked.owner}, which has weights of its own. Pass sample_weight to fit."
            )
    return by_kind


def name_of(thing: Any) -> str:
    """What a class or an instance is called in messages."""
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__
