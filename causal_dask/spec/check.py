"""Find contradictions in a declaration before anything is compiled from it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from causal_dask.errors import DeclarationError
from causal_dask.spec.learner import (
    INPUTS,
    SAMPLE_WEIGHT,
    VARIANT,
    EffectStack,
    Formula,
    Learner,
    Model,
    Ref,
    Stack,
)


def checked(learner: Learner) -> Learner:
    """``learner`` itself; raises if its declaration contradicts itself."""
    for problem in problems(learner):
        raise DeclarationError(f"{learner.name}-learner: {problem}")
    return learner


def problems(learner: Learner) -> Iterator[str]:
    """The contradictions in a declaration, in reading order."""
    seen: set[str] = set()
    for step in _declared(learner):
        yield from _variant_problems(step, learner)
        if step.name in seen or step.name in (*INPUTS, VARIANT):
            yield f"the name {step.name!r} is taken; give each step a name of its own."
        yield from _step_problems(step, seen)
        seen.add(step.name)
    answers = (learner.effect, learner.outcome, learner.score, *map(Ref, learner.losses))
    for ref in filter(None, answers):
        yield from _reference_problems(ref, seen, "the learner")
        yield from _contrast_problems(ref, learner, "the learner")
    if learner.outcome and learner.outcome.name in per_contrast(learner):
        yield (
            f"its outcome is {learner.outcome.name!r}, which has a model per contrast only, and so "
            "none for control. Compute the outcome of each variant by a formula."
        )


def _variant_problems(step: Model | Formula, learner: Learner) -> Iterator[str]:
    """Uses of values that differ by variant where one is needed for all, or for control."""
    if isinstance(step, Formula):
        for _, ref in step.reads:
            yield from _contrast_problems(ref, learner, f"formula {step.name!r}")
        return
    for name in filter(None, (step.target, step.weight)):
        if name == VARIANT:
            yield f"model {step.name!r} cannot be fitted to {VARIANT!r}, which is a number."
        elif step.per == "once" and varies(Ref(name), learner):
            yield f"model {step.name!r} is fitted once, but {name!r} differs by variant."


def _declared(learner: Learner) -> list[Model | Formula]:
    """The steps that a learner's author writes; stacks are made of the models that users pass."""
    return [step for step in learner.steps if not isinstance(step, Stack | EffectStack)]


def _contrast_problems(ref: Ref, learner: Learner, reader: str) -> Iterator[str]:
    if ref.at == "control" and ref.name in per_contrast(learner):
        yield f"{reader} reads {ref.name!r} of control, but it has a model per contrast only."


def per_contrast(learner: Learner) -> set[str]:
    """The steps whose value at a variant needs a model of that contrast, as control has none."""
    found: set[str] = set()
    for step in _declared(learner):
        if isinstance(step, Model):
            found |= {step.name} if step.per == "contrast" else set()
        elif any(ref.name in found and ref.at in {"same", "treated"} for _, ref in step.reads):
            found.add(step.name)
    return found


def varies(ref: Ref, learner: Learner) -> bool:
    """Whether a value depends on the variant for which it is asked."""
    if ref.at in {"control", "every"} or ref.name in INPUTS:
        return False
    varying = {VARIANT}
    for step in learner.steps:
        if isinstance(step, Model) and step.per != "once":
            varying.add(step.name)
        elif isinstance(step, Formula):
            read = {r.name for _, r in step.reads if r.at not in {"control", "every"}}
            varying |= {step.name} if read & varying else set()
    return ref.name in varying


def _step_problems(step: Model | Formula, seen: set[str]) -> Iterator[str]:
    if isinstance(step, Formula):
        yield from _keyword_problems(step)
        for _, ref in step.reads:
            yield from _reference_problems(ref, seen, f"formula {step.name!r}")
        return
    for name in filter(None, (step.target, step.weight)):
        yield from _reference_problems(Ref(name), seen, f"model {step.name!r}")
    if step.per == "once" and step.rows != "all":
        yield f"model {step.name!r} is fitted once, so its rows must be 'all', not {step.rows!r}."
    if step.per != "contrast" and step.rows in ("contrast", "control"):
        yield f"model {step.name!r} trains on {step.rows!r} rows and must be one per contrast."


def _keyword_problems(step: Formula) -> Iterator[str]:
    takes = set(inspect.signature(step.compute).parameters) - {SAMPLE_WEIGHT}
    given = {word for word, _ in step.reads} | set(step.options)
    if takes != given:
        yield (
            f"formula {step.name!r} passes {sorted(given)} to {step.compute.__name__}, "
            f"which takes {sorted(takes)}."
        )


def _reference_problems(ref: Ref, seen: set[str], reader: str) -> Iterator[str]:
    if ref.name not in seen and ref.name not in (*INPUTS, VARIANT):
        yield f"{reader} reads {ref.name!r}, which no earlier step gives."
    if ref.name in (*INPUTS, VARIANT) and ref.at != "same":
        yield f"{reader} reads {ref.name!r} at {ref.at!r}, but it is the same for all variants."
