"""The resources that models need: as the user says by kind, or a GPU for models that use one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput
from causal_dask.graph.note import Kind, Note, Notes
from causal_dask.plans.places import Place
from causal_dask.runtime.task import Care
from causal_dask.spec.stacks import kind_of
from causal_dask.study.base_models.arguments import STAGES

GPU = Place({"GPU": 1}, asked=False)


def places_of(compilers: Sequence[Compiler], notes: Notes, care: Care) -> dict[str, Place]:
    """The places of fits and predictions."""
    stages = {
        step.name: f"{STAGES[step.role]}_model"
        for compiler in compilers
        for step in compiler.learner.models
    }
    kinds = {*stages, *stages.values()}
    asked = _checked(care.resources, kinds if care.strict else None, kinds)
    found = {key: _place(note, asked, stages) for key, note in notes.items()}
    return {key: place for key, place in found.items() if place is not None and place.resources}


def _place(note: Note, asked: Mapping[str, Place], stages: Mapping[str, str]) -> Place | None:
    if note.kind is Kind.OTHER:
        return None
    kind = kind_of(note.model)
    found = asked.get(kind) or asked.get(stages.get(note.model, ""))
    return found or (GPU if note.on_gpu else None)


def _checked(resources: Any, allowed: set[str] | None, kinds: set[str]) -> dict[str, Place]:
    """The places that an argument of ``fit`` asks for, or a setting, which may name other kinds."""
    if not isinstance(resources, Mapping):
        raise _wrong(resources, kinds)
    for kind, needed in resources.items():
        is_known = allowed is None or kind in allowed
        if not (is_known and isinstance(needed, Mapping) and all(map(_is_amount, needed.items()))):
            raise _wrong({kind: needed}, kinds)
    return {
        kind: Place({name: float(amount) for name, amount in needed.items()})
        for kind, needed in resources.items()
    }


def _is_amount(named: tuple[Any, Any]) -> bool:
    name, amount = named
    is_number = isinstance(amount, Real) and not isinstance(amount, bool)
    return isinstance(name, str) and is_number and 0 < amount < math.inf


def _wrong(found: Any, kinds: set[str]) -> InvalidInput:
    return InvalidInput(
        "'resources' must be a dict of dicts: by kind of model, the amount above 0 that each of "
        "its fits takes of a worker's resources, as {'treatment_model': {'GPU': 1}}. The kinds are "
        f"{sorted(kinds)}. Got {found!r}."
    )
