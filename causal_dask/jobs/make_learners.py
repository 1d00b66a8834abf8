"""Make the learners of a job from their sections: import paths become classes of base models."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.catalogue import metalearner_factory
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.learner_section import (
    LearnerSection,
    ModelSection,
    ModelsSection,
)
from causal_dask.jobs.job_file.read import JobFile, YamlFile
from causal_dask.jobs.named_labels import labels_named
from causal_dask.jobs.parameter_names import LIKE, misspelt_names
from causal_dask.jobs.tables.open_table import Table

STAGES = ("nuisance", "propensity", "treatment")


def make_learners(file: JobFile, table: Table) -> dict[str, MetaLearner]:
    """The unfitted learners of a job, by their names in the results."""
    common: dict[str, Any] = {
        "n_folds": file.contents.folds,
        "random_state": file.contents.seed,
        "feature_set": list(table.features),
        "prepare": file.contents.prepare,
        **labels_named(file, table),
    }
    if not file.contents.estimate.new_rows:  # only they are predicted by models of all rows
        common["enable_overall"] = False
    return {
        section.label: make_learner(file, position, section, common)
        for position, section in enumerate(file.contents.candidates)
    }


def model_sections(file: JobFile) -> Iterator[tuple[Key, ModelSection, str]]:
    """Each base model in the job file: its key, section and stage."""
    contents = file.contents
    own = {contents.models_key(n): each.models for n, each in enumerate(contents.candidates)}
    for key, models in own.items():
        for stage in STAGES:
            shared = models or contents.models
            sections = shared.of(stage) if shared else []
            for position, section in enumerate(sections):
                alone = len(sections) == 1
                yield (*key, stage, *([] if alone else [position])), section, stage


def import_class(file: YamlFile[Any], path: str, key: Key) -> type[Any]:
    """The estimator class at an import path."""
    module, _, name = path.rpartition(".")
    if not module:
        raise file.wrong(
            key,
            f"{path!r} is no import path. Write the module too, such as "
            "'sklearn.linear_model.Ridge'.",
        )
    try:
        imported = importlib.import_module(module)
    except Exception as error:  # a foreign module may raise anything
        raise file.wrong(
            key,
            f"{module!r} cannot be imported here ({type(error).__name__}: {error}). Install its "
            "package, or correct the path.",
        ) from error
    cls = getattr(imported, name, None)
    if isinstance(cls, type) and hasattr(cls, "fit") and hasattr(cls, "predict"):
        return cls
    close = get_close_matches(name, dir(imported), 1)
    suggestion = f" Did you mean '{module}.{close[0]}'?" if close and cls is None else ""
    problem = "has no" if cls is None else "has no class with 'fit' and 'predict' that is called"
    raise file.wrong(
        key, f"{module!r} {problem} {name!r}.{suggestion or ' Name an estimator class.'}"
    )


def make_learner(
    file: YamlFile[Any], position: int, section: LearnerSection, common: dict[str, Any]
) -> MetaLearner:
    """One learner of a file."""
    contents, cls = file.contents, metalearner_factory(section.kind)
    models = section.models or contents.models
    assert isinstance(models, ModelsSection)  # noqa: S101 - the schema has checked it
    arguments = common | _model_arguments(file, models, contents.models_key(position))
    _check_parameters(file, position, cls, arguments)
    return cls(**arguments, **section.parameters)


def _check_parameters(
    file: YamlFile[Any], position: int, cls: type[MetaLearner], arguments: dict[str, Any]
) -> None:
    """Raise if a learner's parameters are unknown, or keys of the job file have set them."""
    contents, names = file.contents, cls._get_param_names()
    parameters = contents.candidates[position].parameters
    unknown = parameters.keys() - set(names)
    set_twice = parameters.keys() & arguments.keys()
    if not unknown and not set_twice:
        return
    name = min(unknown or set_twice)
    close = get_close_matches(name, sorted(set(names) - arguments.keys()), 1)
    suggestion = f" Did you mean {close[0]!r}?" if close else ""
    raise file.wrong(
        (*contents.key_of(position), "parameters", name),
        f"{cls.__name__} has no parameter {name!r}.{suggestion}"
        if unknown
        else "this is said elsewhere in the job file. Remove it here.",
    )


def _model_arguments(file: YamlFile[Any], models: ModelsSection, key: Key) -> dict[str, Any]:
    """The arguments of a learner's class that are its base models."""
    arguments: dict[str, Any] = {}
    for stage in STAGES:
        sections = models.of(stage)
        alone = len(sections) == 1
        keys = [(*key, stage, *([] if alone else [n])) for n in range(len(sections))]
        classes = [_model_class(file, *each) for each in zip(sections, keys, strict=True)]
        parameters = [dict(each.parameters) for each in sections]
        if sections:
            arguments[f"{stage}_model_factory"] = classes[0] if alone else classes
            arguments[f"{stage}_model_params"] = parameters[0] if alone else parameters
    return arguments


def _model_class(file: YamlFile[Any], section: ModelSection, key: Key) -> type[Any]:
    """The class of a base model; raises if it does not accept its parameters."""
    cls = import_class(file, section.class_, (*key, "class"))
    try:
        model = cls(**section.parameters)
        if hasattr(model, "set_params") and section.parameters:
            model.set_params(**section.parameters)  # a class that takes **kwargs checks them here
    except (TypeError, ValueError, InvalidInput, InvalidType) as error:
        names = misspelt_names(cls, section.parameters, LIKE)
        meant = "".join(f" Did you mean {right!r}?" for right in names.values())
        raise file.wrong(
            (*key, "parameters"),
            f"{section.class_} does not take these: {str(error).rstrip('.')}.{meant}",
        ) from error
    for name, right in misspelt_names(cls, section.parameters).items():
        raise file.wrong(
            (*key, "parameters", name),
            f"{section.class_} has no parameter {name!r}. Did you mean {right!r}?",
        )
    return cls
