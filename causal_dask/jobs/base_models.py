"""Base models and learners of a job, from import paths to objects."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.catalogue import metalearner_factory
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.reading import JobFile, Key
from causal_dask.jobs.schema import LearnerSection, ModelSection, ModelsSection

STAGES = ("nuisance", "propensity", "treatment")


def learners_of(file: JobFile, features: tuple[str, ...]) -> dict[str, MetaLearner]:
    """The unfitted learners of a job, by the names that they have in the results."""
    return {
        learner.called: _learner(file, position, learner, features)
        for position, learner in enumerate(file.job.learners)
    }


def key_of_models(learner: LearnerSection, position: int) -> Key:
    """Where a learner's base models are."""
    return ("models",) if learner.models is None else ("learners", position, "models")


def models_of(file: JobFile) -> Iterator[tuple[Key, ModelSection, str]]:
    """Each base model that is written in the job file, and its stage."""
    sections = {key_of_models(each, n): each.models for n, each in enumerate(file.job.learners)}
    for key, own in sections.items():
        models = own or file.job.models
        for stage in STAGES:
            section = getattr(models, stage)
            if section is not None:
                yield (*key, stage), section, stage


def _learner(
    file: JobFile, position: int, section: LearnerSection, features: tuple[str, ...]
) -> MetaLearner:
    job, cls = file.job, metalearner_factory(section.kind)
    models = section.models or job.models
    assert isinstance(models, ModelsSection)  # noqa: S101 - the schema has seen to it
    own: dict[str, Any] = {
        "n_folds": job.folds,
        "random_state": job.seed,
        "feature_set": list(features),
    }
    if job.data.control is not None:
        own["control"] = job.data.control
    own |= _factories(file, models, key_of_models(section, position))
    key = ("learners", position, "parameters")
    unknown = section.parameters.keys() - set(cls._get_param_names())
    taken = section.parameters.keys() & own.keys()
    if unknown or taken:
        name = min(unknown or taken)
        close = get_close_matches(name, sorted(set(cls._get_param_names()) - own.keys()), 1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise file.wrong(
            (*key, name),
            f"{cls.__name__} has no parameter {name!r}.{meant}"
            if unknown
            else "this is said elsewhere in the job file. Remove it here.",
        )
    return cls(**own, **section.parameters)


def _factories(file: JobFile, models: ModelsSection, key: Key) -> dict[str, Any]:
    """The arguments of a learner's class that are its base models."""
    arguments: dict[str, Any] = {}
    for stage in STAGES:
        section = getattr(models, stage)
        if section is not None:
            arguments[f"{stage}_model_factory"] = _class(file, section, (*key, stage))
            arguments[f"{stage}_model_params"] = dict(section.parameters)
    return arguments


def _class(file: JobFile, section: ModelSection, key: Key) -> type[Any]:
    """The class of a base model, which has been made once to see that it can be."""
    cls = imported(file, section.class_, (*key, "class"))
    try:
        made = cls(**section.parameters)
        if hasattr(made, "set_params") and section.parameters:
            made.set_params(**section.parameters)
    except (TypeError, ValueError, InvalidInput, InvalidType) as error:
        raise file.wrong(
            (*key, "parameters"), f"{section.class_} does not take these: {error}"
        ) from error
    return cls


def imported(file: JobFile, path: str, key: Key) -> type[Any]:
    """The estimator class at an import path."""
    module, _, name = path.rpartition(".")
    if not module:
        raise file.wrong(
            key,
            f"{path!r} is no import path. Write the module too, such as "
            "'sklearn.linear_model.Ridge'.",
        )
    try:
        found = importlib.import_module(module)
    except Exception as error:  # a foreign module may raise anything
        raise file.wrong(
            key,
            f"{module!r} cannot be imported here ({type(error).__name__}: {error}). Install its "
            "package, or correct the path.",
        ) from error
    cls = getattr(found, name, None)
    if isinstance(cls, type) and hasattr(cls, "fit") and hasattr(cls, "predict"):
        return cls
    close = get_close_matches(name, dir(found), 1)
    meant = f" Did you mean '{module}.{close[0]}'?" if close and cls is None else ""
    what = "has no" if cls is None else "has no class with 'fit' and 'predict' that is called"
    raise file.wrong(key, f"{module!r} {what} {name!r}.{meant or ' Name an estimator class.'}")
