"""Fitted base models placed in a graph: what they predict for the columns that they see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from causal_dask.errors import InvalidInput
from causal_dask.export.converters import converted
from causal_dask.export.effects import Value
from causal_dask.export.graph import FLOAT32, FLOAT64, INT64, STRING, Graph
from causal_dask.export.inputs import Seen
from causal_dask.export.packages import converter
from causal_dask.study.propensity_models import (
    FixedBinaryPropensity,
    FixedPropensities,
    PropensityColumn,
)
from causal_dask.tasks.column_names import chooses_columns

PROBABILITIES = {"probabilities", "output_probability", "probability_tensor"}
"""What converters call the probabilities of a classifier."""

TYPES = {
    FLOAT32: "FloatTensorType", FLOAT64: "DoubleTensorType", INT64: "Int64TensorType",
    STRING: "StringTensorType",
}  # fmt: skip


def predicted(model: Any, seen: Seen, n_classes: int, what: str) -> Value:
    """What a fitted model predicts: a column, or one for each of ``n_classes``."""
    model = getattr(model, "inner_model_", model)
    known = _known_propensities(model, seen)
    if known is not None:
        return Value(known)
    if seen.inputs.are_named and (chooses_columns(model) or (seen.has_words and not _codes(model))):
        return _placed_by_column(model, seen, n_classes, what)
    if seen.has_words and not _codes(model):
        raise InvalidInput(f"The {what} sees columns of words, which ONNX cannot hold here.")
    shape = [None, seen.width]
    inner = converted(model, [("X", _type(seen.graph.float)(shape))], what)
    return read_output(seen.graph, inner, {"X": seen.matrix()}, n_classes, _classes(model))


def read_output(
    graph: Graph, inner: Any, feeds: Mapping[str, str], n_classes: int, classes: Sequence[int]
) -> Value:
    """Place a converted model; ``classes`` are the columns of its probabilities."""
    outputs = graph.place(inner, feeds)
    if not n_classes:
        first = graph.number(next(iter(outputs.values())))
        return Value(graph.add("Reshape", first, graph.constant([-1, 1], np.int64)), is_vector=True)
    name = next(name for name in outputs if name in PROBABILITIES)
    found = graph.number(outputs[name])
    if list(classes) != list(range(n_classes)):
        places = np.zeros((len(classes), n_classes))
        places[np.arange(len(classes)), list(classes)] = 1
        found = graph.add("MatMul", found, graph.constant(places))
    return Value(found)


def _placed_by_column(model: Any, seen: Seen, n_classes: int, what: str) -> Value:
    """A model that chooses its columns by their names, or that turns words into numbers."""
    columns = seen.by_column()
    names = getattr(model, "feature_names_in_", None)
    names = [c.name for c in seen.columns] if names is None else list(names)
    inputs = [
        (str(name), _type(seen.graph.types[kind])([None, 1]))
        for name, (_, kind) in zip(names, columns, strict=True)
    ]
    inner = converted(model, inputs, what)
    feeds = {str(name): value for name, (value, _) in zip(names, columns, strict=True)}
    return read_output(seen.graph, inner, feeds, n_classes, _classes(model))


def _known_propensities(model: Any, seen: Seen) -> str | None:
    """The propensities of a trial, which need no converter."""
    graph = seen.graph
    if isinstance(model, FixedBinaryPropensity):
        score = float(model.propensity_score)
        return graph.in_each_row([1 - score, score], seen.rows_of)
    if isinstance(model, FixedPropensities):
        return graph.in_each_row(model.probabilities, seen.rows_of)
    if isinstance(model, PropensityColumn):
        share = seen.matrix()
        return graph.beside(graph.add("Sub", graph.constant(1.0), share), share)
    return None


def _classes(model: Any) -> list[int]:
    """The columns that a classifier's probabilities stand for."""
    return [int(each) for each in model.classes_] if is_classifier(model) else []


def _codes(model: Any) -> bool:
    """Whether a model takes categories as codes, and its converter knows that."""
    return type(model).__module__.startswith("lightgbm")


def _type(kind: int) -> Any:
    return converter("skl2onnx.common.data_types", TYPES[kind])
