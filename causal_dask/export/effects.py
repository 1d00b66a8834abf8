"""The effect of a declaration as ONNX operators: its formulas, down to the models they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from causal_dask.compile.compiler import AT_VARIANT
from causal_dask.errors import InvalidInput
from causal_dask.export.graph import Graph
from causal_dask.formulas.outcomes import difference
from causal_dask.formulas.propensities import blend, contrast_share
from causal_dask.spec.learner import (
    INPUTS,
    VARIANT,
    EffectStack,
    Formula,
    Learner,
    Model,
    Ref,
    Stack,
)
from causal_dask.study.study import Study


@dataclass(frozen=True, slots=True)
class Value:
    """A matrix in the graph; ``is_vector`` if it has one column that stands for a number a row."""

    name: str
    is_vector: bool = False


ModelValue = Callable[[Model, int | None], Value]
"""What the models of one kind and variant predict."""


@dataclass(frozen=True)
class Effects:
    """The values of a learner's declaration for new rows, in a graph."""

    graph: Graph
    learner: Learner
    study: Study
    predicted: ModelValue
    weights: Mapping[tuple[str, int | None], Any] = field(default_factory=dict)

    def tau(self) -> str:
        """The effects of all contrasts, (n_rows, n_variants - 1, n_outputs)."""
        graph, parts = self.graph, []
        for k in self.study.contrasts:
            outputs = _all_outputs(graph, self._value(self.learner.effect, k), self.study.n_outputs)
            parts.append(graph.add("Unsqueeze", outputs, graph.constant([1], "int64")))
        return graph.beside(*parts)

    def _value(self, ref: Ref, k: int | None) -> Value:
        step, variant = self.learner.step(ref.name), AT_VARIANT[ref.at](k)
        if isinstance(step, Model):
            return self.predicted(step, variant)
        if isinstance(step, Stack):
            return self._mixture(step, variant)
        if isinstance(step, EffectStack):
            return self._mixed_effects(step, variant)
        if step.compute not in IN_OPERATORS or variant is None:
            raise InvalidInput(
                f"An ONNX file cannot hold the effect of a {self.learner.name}-learner: there is "
                f"no translation of its formula {step.name!r}."
            )
        reads = {word: self._value(r, variant) for word, r in step.reads if r.name != VARIANT}
        options = {name: self.study.options[name] for name in step.options}
        return IN_OPERATORS[step.compute](self.graph, reads, variant, options)

    def _mixture(self, step: Stack, variant: int | None) -> Value:
        """The weighted sum of what a stack's candidates predict."""
        parts = [self._value(Ref(name), variant) for name in step.of]
        shares = self.weights[step.name, step.owner(variant)]
        graph = self.graph
        terms = [
            graph.add("Mul", graph.constant(float(share)), part.name)
            for share, part in zip(shares, parts, strict=True)
        ]
        return Value(graph.add("Sum", *terms), parts[0].is_vector)

    def _mixed_effects(self, step: EffectStack, k: int | None) -> Value:
        """The constant and the weighted sum of several learners' effects, as a vector."""
        graph, last = self.graph, [self.study.n_outputs - 1]
        constant, *shares = self.weights[step.name, k]
        parts = [self._value(Ref(name), k) for name in step.of]
        columns = [p.name if p.is_vector else graph.columns(p.name, last) for p in parts]
        terms = [
            graph.add("Mul", graph.constant(float(share)), column)
            for share, column in zip(shares, columns, strict=True)
        ]
        mixed = graph.add("Sum", *terms)
        return Value(graph.add("Add", mixed, graph.constant(float(constant))), is_vector=True)


def models_of_effect(learner: Learner) -> list[Model]:
    """The models that an effect is made of, in the order of the declaration."""
    read = _names_read(learner, learner.effect.name)
    return [step for step in learner.models if step.name in read]


def _names_read(learner: Learner, name: str) -> set[str]:
    """The names that a value is made of, its own included."""
    step = None if name in {*INPUTS, VARIANT} else learner.step(name)
    if isinstance(step, Stack):
        return set(step.of)
    if isinstance(step, EffectStack):
        return set().union(*(_names_read(learner, each) for each in step.of))
    if not isinstance(step, Formula):
        return {name}
    return {name}.union(*(_names_read(learner, ref.name) for _, ref in step.reads))


Reads = Mapping[str, Value]
Options = Mapping[str, Any]


def _difference(graph: Graph, reads: Reads, _: int, __: Options) -> Value:
    treated, control = reads["treated"], reads["control"]
    return Value(graph.add("Sub", treated.name, control.name), treated.is_vector)


def _share(graph: Graph, reads: Reads, k: int, options: Options) -> Value:
    """As in the formula: 1/2 where both propensities are 0, and clipped."""
    propensities, bound = reads["propensities"].name, float(options["clipping_threshold"])
    treated, control = graph.columns(propensities, [k]), graph.columns(propensities, [0])
    both = graph.add("Add", treated, control)
    is_known = graph.add("Greater", both, graph.constant(0.0))
    share = graph.add("Where", is_known, graph.add("Div", treated, both), graph.constant(0.5))
    clipped = graph.add("Clip", share, graph.constant(bound), graph.constant(1 - bound))
    return Value(clipped, is_vector=True)


def _blend(graph: Graph, reads: Reads, _: int, __: Options) -> Value:
    share = reads["share"].name
    rest = graph.add("Sub", graph.constant(1.0), share)
    of_control = graph.add("Mul", share, reads["control_effect"].name)
    of_treatment = graph.add("Mul", rest, reads["treatment_effect"].name)
    return Value(graph.add("Add", of_control, of_treatment), is_vector=True)


IN_OPERATORS: dict[Any, Callable[[Graph, Reads, int, Options], Value]] = {
    difference: _difference,
    contrast_share: _share,
    blend: _blend,
}
"""The formulas that effects are made of, in ONNX."""


def _all_outputs(graph: Graph, value: Value, n_outputs: int) -> str:
    """The effects on two classes' probabilities sum to zero, as in ``stack_effects``."""
    if not value.is_vector or n_outputs < 2:
        return value.name
    return graph.beside(graph.add("Neg", value.name), value.name)
