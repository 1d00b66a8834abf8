"""What a learner is judged by, as nodes: scores of its models, losses of its effects.

With repeats, what is judged is what ``predict`` returns: the repeats' estimates, combined.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows, owners
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.formula import formula
from causal_dask.declared import name_of
from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.spec.learner import SAMPLE_WEIGHT, Formula, Model, Ref, Stack
from causal_dask.study.study import Training
from causal_dask.tasks.rows import Selection
from causal_dask.tasks.scores import Scoring, score


@dataclass(frozen=True, slots=True)
class Repeats:
    """The repeats of a learner's cross-fitting on some rows, and how their estimates are combined.

    ``weights`` are those of the rows.
    """

    compilers: Sequence[Compiler]
    aggregation: str
    rows: Rows
    weights: Source | None = None

    @property
    def first(self) -> Compiler:
        """The first repeat, which knows what all have in common."""
        return self.compilers[0]

    def value(self, ref: Ref, variant: int | None) -> Source:
        """The node of a value, combined over the repeats where these differ."""
        found = [compiler.value(ref, variant, self.rows) for compiler in self.compilers]
        if len({source.key for source in found}) == 1:
            return found[0]
        return answers.combine(self.compilers, found, self.aggregation)

    @property
    def weight(self) -> dict[str, Read]:
        """The weights as an argument of a score or a loss, if there are any."""
        return {} if self.weights is None else {SAMPLE_WEIGHT: self.weights}

    def answer(self, made: Node, name: str) -> Node:
        """A node that answers a question, noted under a name."""
        self.first.notes[made.key] = self.first.noter.answer(name)
        return made


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One model's scores: the node of each, by the name that users know it by."""

    step: Model
    name: str
    own: int | None
    stack: Stack | None = None

    @property
    def shown(self) -> Model:
        """The model whose columns scorers are shown: that of a stack's first candidate."""
        return self.step if self.stack is None else replace(self.step, name=self.stack.of[0])

    def score_node(self, judged: Repeats, scoring: Scoring) -> Node:
        """The node of one score, on the rows that the model is about."""
        study = judged.first.study
        inputs = study if isinstance(judged.rows, Training) else judged.rows
        reads: dict[str, Read] = {
            "X": inputs.X,
            "prediction": judged.value(Ref(self.step.name), self.own),
            "target": judged.value(Ref(self.step.target), self.own),
            "w": judged.value(Ref("w"), None),
            **judged.weight,
        }
        if self.step.weight:
            reads["weight"] = judged.value(Ref(self.step.weight), self.own)
        design = judged.first.design(self.shown, self.own)
        selection = Selection(self.step.rows, self.own)
        made = node(score, reads, scoring=scoring, design=design, selection=selection)
        return judged.answer(made, f"score of {self.name}")


def evaluations(compiler: Compiler, labels: Sequence[Any]) -> Iterator[Evaluation]:
    """The models that can be scored, named as in ``metalearners``; ``labels`` are the variants'."""
    known = compiler.study.known_values
    for made in compiler.learner.steps:
        step = made.model if isinstance(made, Stack) else made
        if not isinstance(step, Model) or step.name in known:
            continue
        variants = owners(compiler, step)
        for own in variants:
            # metalearners leaves the number out of a name that only one first-stage model has
            alone = own is None or step.is_nuisance and len(variants) == 1
            suffix = f"_vs_{labels[0]}" if step.per == "contrast" else ""
            name = step.name if alone else f"{step.name}_{labels[own or 0]}{suffix}"
            yield Evaluation(step, name, own, made if isinstance(made, Stack) else None)


def own_losses(judged: Repeats, labels: Sequence[Any]) -> dict[str, Source]:
    """The learner's own losses, one per contrast."""
    return {
        f"{name}_{labels[k]}_vs_{labels[0]}": _own_loss(judged, judged, name, k)
        for name in judged.first.learner.losses
        for k in judged.first.study.contrasts
    }


def effect_loss(
    judged: Repeats, judge: Repeats, loss: tuple[str, Callable[..., float]], k: int
) -> Node:
    """The loss of one contrast's CATE, by the outcomes and propensities of another learner.

    A learner that has this loss itself, as the R-learner has, judges by its own outcome model.
    """
    name, compute = loss
    learner = judge.first.learner
    if name in learner.losses:
        return _own_loss(judged, judge, name, k)
    outcome = learner.outcome or Ref("")  # checked before: a judge has an outcome model
    reads: dict[str, Read] = {
        "y": judged.value(Ref("y"), None),
        "w": judged.value(Ref("w"), None),
        "effect": judged.value(judged.first.learner.effect, k),
        "outcome_control": judge.value(outcome, 0),
        "outcome_treated": judge.value(outcome, k),
        "propensities": judge.value(Ref(learner.propensity or ""), None),
        **judged.weight,
    }
    option = judge.first.study.options["clipping_threshold"]
    made = node(compute, reads, variant=k, clipping_threshold=option)
    return judged.answer(made, name_of(compute))


def _own_loss(judged: Repeats, judge: Repeats, name: str, k: int) -> Node:
    """A loss that the judge declares, with the effect of the learner that is judged."""
    step = judge.first.learner.step(name)
    assert isinstance(step, Formula)  # noqa: S101 - the declaration was checked
    takes_weights = SAMPLE_WEIGHT in inspect.signature(step.compute).parameters
    also = judged.weight if takes_weights else {}
    if judged is not judge:
        also["effect"] = judged.value(judged.first.learner.effect, k)
    made = formula(step, k, judge.first.study, judge.value, **also)
    return judged.answer(made, name)
