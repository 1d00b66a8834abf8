"""The arguments of a tuning, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.selection.tuning.samplers import SAMPLERS
from causal_dask.study.base_models.traits import name_of

CHOICES = {
    "strategy": ("random", "halving"),
    "resource": ("rows", "trees"),
    "scope": ("whole", "folds"),
    "sampler": SAMPLERS,
}


def stages_of(learner: Any, space: Any, n_trials: Any) -> list[list[str]]:
    """The kinds to tune in each stage; raises if the space does not fit the learner."""
    if not isinstance(learner, MetaLearner):
        raise InvalidType(f"'learner' must be a learner. Got {type(learner).__name__}.")
    checked_number("n_trials", n_trials)
    steps = {step.name: step for step in learner.declaration.models}
    if not isinstance(space, Mapping) or not space or set(space) - set(steps):
        raise InvalidInput(
            f"'space' must be a dict by the model kinds of {type(learner).__name__}, "
            f"{list(steps)}. Got {list(space) if isinstance(space, Mapping) else space!r}."
        )
    nuisance = [name for name, step in steps.items() if name in space and step.is_nuisance]
    rest = [name for name in steps if name in space and name not in nuisance]
    return [stage for stage in (nuisance, rest) if stage]


def check_choices(**chosen: Any) -> None:
    """Raise unless each argument is one of its words, and they go together."""
    for name, value in chosen.items():
        if value not in CHOICES[name]:
            raise InvalidInput(f"'{name}' must be one of {list(CHOICES[name])}. Got {value!r}.")
    if chosen["scope"] == "folds" and (chosen["strategy"], chosen["sampler"]) != (
        "random",
        "random",
    ):
        raise InvalidInput(
            "With scope='folds' each fit searches by itself, at random. Leave 'strategy' and "
            "'sampler' out."
        )


def check_names(kind: str, model: Any, space: Mapping[str, Any]) -> None:
    """Raise unless the model of a kind is one, with parameters of these names."""
    if isinstance(model, list | tuple):
        raise InvalidInput(
            f"The {kind} stacks {len(model)} models, and one is tuned at a time. Tune them alone."
        )
    known = model.get_params(deep=True) if hasattr(model, "get_params") else {}
    if unknown := [name for name in space if name not in known]:
        raise InvalidInput(
            f"'space' names {unknown[0]!r} for the {kind}, but {name_of(model)} has no parameter "
            f"{unknown[0]!r}. It has {sorted(known)}."
        )


def checked_number(name: str, value: Any) -> int:
    """A whole number of 2 or more; raises if it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 2:
        raise InvalidInput(f"'{name}' must be a whole number of 2 or more. Got {value!r}.")
    return value
