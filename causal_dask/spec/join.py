"""Several declarations as one, whose effect is a mixture of theirs.

A step is called ``learner: step`` then, so that each keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from causal_dask.spec.learner import INPUTS, VARIANT, Formula, Learner, Model, Ref, Step

BETWEEN = ": "


def name_within(learner: str, step: str) -> str:
    """The name of a step of one of several learners."""
    return step if step in (*INPUTS, VARIANT) else f"{learner}{BETWEEN}{step}"


def plain_name(name: str) -> str:
    """The name that a step has in its own learner."""
    return name.rpartition(BETWEEN)[2]


def learner_of(name: str) -> str:
    """The learner in the name of one of its steps."""
    return name.partition(BETWEEN)[0]


def steps_within(learner: str, declaration: Learner) -> tuple[Step, ...]:
    """The steps of one of several learners."""
    return tuple(_renamed(learner, step) for step in declaration.steps)


def effects_of(learners: Mapping[str, Learner]) -> tuple[str, ...]:
    """The names of the learners' effects."""
    return tuple(name_within(name, each.effect.name) for name, each in learners.items())


def _renamed(learner: str, step: Step) -> Step:
    name = name_within(learner, step.name)
    if isinstance(step, Formula):
        reads = ((word, _ref(learner, ref)) for word, ref in step.reads)
        return replace(step, name=name, reads=tuple(reads))
    if isinstance(step, Model):
        weight = step.weight and name_within(learner, step.weight)
        return replace(step, name=name, target=name_within(learner, step.target), weight=weight)
    raise TypeError(f"{step!r} is of a declaration that is joined already.")


def _ref(learner: str, ref: Ref) -> Ref:
    return replace(ref, name=name_within(learner, ref.name))
