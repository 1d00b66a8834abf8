"""The vocabulary of declarations: two kinds of step, one kind of reference, one record.

Knows nothing of folds, data or how a declaration is run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from causal_dask.declared import saved
from causal_dask.errors import DeclarationError

At = Literal["same", "control", "treated", "every"]
Scope = Literal["once", "variant", "contrast"]
RowsOf = Literal["all", "variant", "control", "contrast"]
Role = Literal["propensity", "outcome", "effect"]
Outcome = Literal["regression", "binary", "multiclass"]

INPUTS = ("y", "w")
"""Columns of the study that a formula may read; `variant`, the contrast's, is a number."""

VARIANT = "variant"

SAMPLE_WEIGHT = "sample_weight"
"""A loss that takes this gets the rows' weights, if there are any; no declaration names it."""


@saved("Ref")
@dataclass(frozen=True, slots=True)
class Ref:
    """A named value; ``at`` picks the variant when the value has one per variant."""

    name: str
    at: At = "same"


def control(name: str) -> Ref:
    """The value of ``name`` for the control variant."""
    return Ref(name, "control")


def treated(name: str) -> Ref:
    """The value of ``name`` for the contrast's treatment variant."""
    return Ref(name, "treated")


def every(name: str) -> Ref:
    """The values of ``name`` for all contrasts, as a list."""
    return Ref(name, "every")


@saved("Model")
@dataclass(frozen=True, slots=True)
class Model:
    """Fit a base model to ``target`` on ``rows``; its value is a cross-fitted prediction.

    The value is a matrix with one column per variant (role "propensity") or per class ("outcome";
    one column for regression), or a vector ("effect").
    """

    name: str
    role: Role
    target: str
    per: Scope = "once"
    rows: RowsOf = "all"
    weight: str | None = None
    variant_as_feature: bool = False

    @property
    def kind(self) -> str:
        """The name that users know it by; candidates of a stack share one."""
        return self.name.partition("[")[0]

    @property
    def is_nuisance(self) -> bool:
        """Whether the model belongs to the first stage."""
        return self.role != "effect"

    def owners(self, n_variants: int) -> tuple[int | None, ...]:
        """The variants that have a model of this kind; a single None where one serves all."""
        if self.per == "once":
            return (None,)
        return tuple(range(1 if self.per == "contrast" else 0, n_variants))

    def owner_at(self, position: int) -> int | None:
        """The owner of the model at a position of the kind's list."""
        return None if self.per == "once" else self.owners(position + 2)[position]

    def owner(self, variant: int | None) -> int | None:
        """The owner of the model that a variant's value comes from."""
        return None if self.per == "once" else variant

    def about(self, owner: int | None) -> tuple[int, ...]:
        """The variants that the model of an owner is about; none where it serves all."""
        if owner is None:
            return ()
        return (0, owner) if self.per == "contrast" else (owner,)


@saved("Formula")
@dataclass(frozen=True, slots=True)
class Formula:
    """A pure array function of earlier values; ``options`` come from the learner's parameters."""

    name: str
    compute: Callable[..., Any]
    reads: tuple[tuple[str, Ref], ...]
    options: tuple[str, ...] = ()


def formula(
    name: str, compute: Callable[..., Any], options: tuple[str, ...] = (), **reads: Ref | str
) -> Formula:
    """A formula whose keywords are ``compute``'s; a bare name means the same variant."""
    pairs = ((word, Ref(ref) if isinstance(ref, str) else ref) for word, ref in reads.items())
    return Formula(name, compute, tuple(pairs), options)


@saved("Stack")
@dataclass(frozen=True, slots=True)
class Stack:
    """Candidates for one model: its value is a mixture of theirs, by weights that are estimated.

    Ahrens, Hansen, Schaffer & Wiemann (2024), "Model averaging and double machine learning":
    short-stacking. ``model`` is what the candidates, the models named in ``of``, stand for.
    """

    model: Model
    of: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the model that it stands for."""
        return self.model.name

    @property
    def is_nuisance(self) -> bool:
        """Whether the model belongs to the first stage."""
        return self.model.is_nuisance

    def owner(self, variant: int | None) -> int | None:
        """The owner of the candidates that a variant's value comes from."""
        return self.model.owner(variant)

    def owners(self, n_variants: int) -> tuple[int | None, ...]:
        """The variants that have candidates of their own; a single None if all have the same."""
        return self.model.owners(n_variants)


@saved("EffectStack")
@dataclass(frozen=True, slots=True)
class EffectStack:
    """A mixture of the effects of several learners, by weights of a contrast that are estimated.

    ``outcome`` and ``propensity`` are what the loss is computed by that gives the weights.
    """

    name: str
    of: tuple[str, ...]
    method: str
    outcome: str
    propensity: str

    def owner(self, variant: int | None) -> int | None:
        """The variant whose effects are mixed."""
        return variant

    def owners(self, n_variants: int) -> tuple[int, ...]:
        """The variants that have an effect."""
        return tuple(range(1, n_variants))


Step = Model | Formula | Stack | EffectStack


@saved("Learner")
@dataclass(frozen=True, slots=True)
class Learner:
    """Steps in reading order, and which of their values answer the questions put to a learner.

    ``effect`` is the CATE of a contrast, ``outcome`` the conditional average outcome of a variant
    (None where nothing estimates it), ``score`` the AIPW score of a contrast (None where that
    needs a model that the learner lacks), which some learners have for two variants only.
    ``losses`` are formulas that give a number per contrast; one that takes ``sample_weight``, None
    by default, gets the rows' weights.
    """

    name: str
    steps: tuple[Step, ...]
    effect: Ref
    outcome: Ref | None = None
    score: Ref | None = None
    scores_two_variants_only: bool = False
    losses: tuple[str, ...] = ()
    outcomes: frozenset[Outcome] = frozenset({"regression", "binary"})

    @property
    def models(self) -> tuple[Model, ...]:
        """The steps that are fitted."""
        return tuple(step for step in self.steps if isinstance(step, Model))

    @property
    def stacks(self) -> tuple[Stack | EffectStack, ...]:
        """The steps that mix candidates for a model, or effects."""
        return tuple(step for step in self.steps if isinstance(step, Stack | EffectStack))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The model kinds by the names that users know, each once."""
        return tuple(dict.fromkeys(model.kind for model in self.models))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The steps that are computed."""
        return tuple(step for step in self.steps if isinstance(step, Formula))

    @property
    def options(self) -> tuple[str, ...]:
        """The learner's parameters that its formulas use."""
        return tuple(dict.fromkeys(name for step in self.formulas for name in step.options))

    @property
    def propensity(self) -> str | None:
        """The name of the value that says how probable the variants are; None if there is none."""
        return next((model.kind for model in self.models if model.role == "propensity"), None)

    @property
    def has_propensities(self) -> bool:
        """Whether some model estimates how probable the variants are."""
        return self.propensity is not None

    @property
    def compares_classes_within_variants(self) -> bool:
        """Whether an outcome model sees one variant's rows only, and so needs every class there."""
        return any(model.role == "outcome" and model.rows == "variant" for model in self.models)

    def step(self, name: str) -> Step:
        """The step of this name."""
        for step in self.steps:
            if step.name == name:
                return step
        known = ", ".join(step.name for step in self.steps)
        raise DeclarationError(f"{self.name}-learner has no step {name!r}; it has: {known}.")

    def has_score(self, n_variants: int) -> bool:
        """Whether the AIPW score exists for this many variants."""
        return self.score is not None and (n_variants == 2 or not self.scores_two_variants_only)
