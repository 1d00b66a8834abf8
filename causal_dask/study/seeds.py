"""Seeds for models without one, derived from what a fit is, never from data or versions."""

from __future__ import annotations

from typing import Any

from causal_dask.keys.estimators import EXECUTION_PARAMETERS
from causal_dask.keys.hashing import digest
from causal_dask.spec.join import plain_name
from causal_dask.spec.learner import Model
from causal_dask.tasks.rows import Selection


def seed_of(study_seed: int, identity: str, step: Model, selection: Selection) -> int:
    """The seed of one fit; equal fits of different learners get the same."""
    seen = (selection.rows, selection.variant, selection.without)
    return _number(study_seed, identity, step.role, plain_name(step.target), *seen)


def seed_of_split(study_seed: int, kind: str, repeat: int = 0) -> int:
    """The seed of a split; ``kind`` is the model kind that the split is for, or "shared"."""
    return _number(study_seed, "split", kind, *([repeat] if repeat else []))


def identity(value: Any) -> str:
    """What an estimator or parameter is by name, without versions, code and identities."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        parameters = value.get_params(deep=False)
        kept = (name for name in sorted(parameters) if name not in EXECUTION_PARAMETERS)
        return digest(_name(type(value)), *(p for n in kept for p in (n, identity(parameters[n]))))
    if isinstance(value, list | tuple):
        return digest("sequence", *map(identity, value))
    if isinstance(value, dict):
        return digest("mapping", *(identity(part) for pair in sorted_pairs(value) for part in pair))
    if isinstance(value, type) or callable(value):
        return digest(_name(value))
    simple = value is None or isinstance(value, bool | int | float | str)
    return digest(repr(value) if simple else _name(type(value)))


def sorted_pairs(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The items of a mapping, in an order that does not depend on how it was filled."""
    return sorted(value.items(), key=lambda pair: repr(pair[0]))


def _name(thing: Any) -> str:
    module = getattr(thing, "__module__", "")
    return f"{module}.{getattr(thing, '__qualname__', type(thing).__qualname__)}"


def _number(*parts: object) -> int:
    """A number below 2**31, as every library takes it."""
    return int(digest(*map(str, parts))[:8], 16) >> 1
