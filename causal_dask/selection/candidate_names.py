"""Candidates by name: as the user names them, or by what they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.pipeline import Pipeline

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.study.base_models.traits import name_of

STAGES = ("nuisance", "propensity", "treatment")


def named(candidates: Any) -> dict[str, MetaLearner]:
    """The candidates by name, in their order; those of a list get names."""
    if isinstance(candidates, Mapping):
        found = {str(name): each for name, each in candidates.items()}
    elif isinstance(candidates, Sequence) and not isinstance(candidates, str):
        found = _numbered(candidates)
    else:
        raise InvalidType(
            f"'candidates' must be a dict or a list of learners. Got {type(candidates).__name__}."
        )
    if not found:
        raise InvalidInput("'candidates' must be one or more learners. Got none.")
    for each in found.values():
        if not isinstance(each, MetaLearner):
            raise InvalidType(f"'candidates' must be learners. Got {each!r}.")
    return found


def describe(learner: Any) -> str:
    """A name for a learner: its class, and the classes of its base models."""
    if not isinstance(learner, MetaLearner):
        return str(learner)
    factories = {s: getattr(learner, f"{s}_model_factory") for s in STAGES}
    used = (_shown(factories[stage]) for stage in STAGES if factories[stage] is not None)
    return f"{type(learner).__name__.removesuffix('Learner')}({', '.join(dict.fromkeys(used))})"


def _numbered(candidates: Sequence[Any]) -> dict[str, Any]:
    """Candidates by their description, numbered where it is the same."""
    names = [describe(each) for each in candidates]
    twice = {name for name in names if names.count(name) > 1}
    numbered = (f"{name} {names[:n].count(name) + 1}" for n, name in enumerate(names))
    each = zip(names, numbered, candidates, strict=True)
    return {new if old in twice else old: learner for old, new, learner in each}


def _shown(factory: Any) -> str:
    if isinstance(factory, Mapping):
        return "/".join(_shown(each) for each in factory.values())
    if isinstance(factory, list | tuple):
        return "+".join(_shown(each) for each in factory)
    return name_of(factory.steps[-1][1] if isinstance(factory, Pipeline) else factory)
