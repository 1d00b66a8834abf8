"""Declarations in which a kind has several candidates, and a mixture of them for its value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from causal_dask.spec.learner import Learner, Model, Stack, Step


def candidate_name(kind: str, candidate: str) -> str:
    """The name of the model of one candidate for a kind."""
    return f"{kind}[{candidate}]"


def kind_of(name: str) -> str:
    """The model kind in the name of a model, or of one candidate for it."""
    return name.partition("[")[0]


def candidate_of(name: str) -> str:
    """The candidate in the name of its model; empty for the only model of a kind."""
    return name.partition("[")[2].removesuffix("]")


def with_stacks(learner: Learner, names: Iterable[str]) -> Learner:
    """The declaration with the models of these names: those of candidates are stacked."""
    by_kind: dict[str, list[str]] = {}
    for name in names:
        if candidate_of(name):
            by_kind.setdefault(kind_of(name), []).append(name)
    if not by_kind:
        return learner
    steps = [each for step in learner.steps for each in _steps(step, by_kind)]
    return replace(learner, steps=tuple(steps))


def _steps(step: Step, by_kind: dict[str, list[str]]) -> Iterator[Step]:
    """The step itself, or the models of its candidates and their stack."""
    names = by_kind.get(step.name, [])
    if not isinstance(step, Model) or not names:
        yield step
        return
    yield from (replace(step, name=name) for name in names)
    yield Stack(step, tuple(names))
