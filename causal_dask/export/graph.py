"""An ONNX graph that grows node by node, with whole models placed in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from causal_dask.export.packages import onnx
from causal_dask.tasks.rows import Array

OPSETS = {"": 18, "ai.onnx.ml": 3}
"""Versions of the operators that are written, old enough for runtimes of 2023."""

NUMBER, WHOLE, TEXT = "number", "whole number", "text"
"""What a value is made of."""

FLOAT32, INT64, STRING, FLOAT64 = 1, 7, 8, 11
"""ONNX's numbers of its types."""


class Graph:
    """Nodes, constants and inputs; values are known by their names.

    Numbers are ``dtype`` throughout, float32 or float64.
    """

    def __init__(self, dtype: Any = np.float32, opsets: Mapping[str, int] = OPSETS) -> None:
        self.dtype = np.dtype(dtype)
        self.float = FLOAT64 if self.dtype == np.float64 else FLOAT32
        self.types = {NUMBER: self.float, WHOLE: INT64, TEXT: STRING}
        self.opsets = dict(opsets)
        self.inputs: list[Any] = []
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.functions: list[Any] = []
        self.n_names = 0

    def input(self, name: str, kind: str, n_columns: int) -> str:
        """An input of shape (n_rows, n_columns)."""
        shape = ["n_rows", n_columns]
        made = onnx().helper.make_tensor_value_info(name, self.types[kind], shape)
        self.inputs.append(made)
        return name

    def add(self, operator: str, *reads: str, domain: str = "", **attributes: Any) -> str:
        """The output of one more node."""
        made = self._name(operator.lower())
        helper = onnx().helper
        self.nodes.append(helper.make_node(operator, reads, [made], domain=domain, **attributes))
        return made

    def constant(self, values: Any, dtype: Any = None) -> str:
        """A constant array."""
        name = self._name("constant")
        array = np.asarray(values, dtype=dtype or self.dtype)
        self.constants.append(onnx().numpy_helper.from_array(array, name))
        return name

    def number(self, value: str) -> str:
        """Numbers of another type in that of the graph."""
        return self.add("Cast", value, to=self.float)

    def columns(self, matrix: str, positions: Sequence[int]) -> str:
        """Some columns of a matrix."""
        return self.add("Gather", matrix, self.constant(positions, np.int64), axis=1)

    def beside(self, *parts: str) -> str:
        """Matrices side by side."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def in_each_row(self, values: Sequence[float] | Array, rows_of: str) -> str:
        """A matrix with the same values in each row, and the rows of another."""
        n_rows = self.add("Shape", rows_of, end=1)
        shape = self.add("Concat", n_rows, self.constant([len(values)], np.int64), axis=0)
        return self.add("Expand", self.constant([values]), shape)

    def place(self, model: Any, feeds: Mapping[str, str]) -> dict[str, str]:
        """Put a whole model in; returns its outputs' names here by those that they had there."""
        prefix = self._name("model") + "_"
        placed = onnx().compose.add_prefix(self._of_these_opsets(model), prefix)
        constants = {constant.name for constant in placed.graph.initializer}
        for name, given in zip(_names(model.graph.input), placed.graph.input, strict=True):
            if given.name not in constants:
                node = onnx().helper.make_node("Identity", [feeds[name]], [given.name])
                self.nodes.append(node)
        self.nodes.extend(placed.graph.node)
        self.constants.extend(placed.graph.initializer)
        self.functions.extend(placed.functions)
        return dict(zip(_names(model.graph.output), _names(placed.graph.output), strict=True))

    def finish(self, value: str, name: str, shape: Sequence[int], about: Mapping[str, Any]) -> Any:
        """The graph as a model with one output, checked."""
        helper = onnx().helper
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        output = helper.make_tensor_value_info(name, self.float, ["n_rows", *shape])
        graph = helper.make_graph(
            self.nodes, "causal_dask", self.inputs, [output], initializer=self.constants
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in self.opsets.items()]
        model = helper.make_model_gen_version(
            graph, opset_imports=opsets, producer_name="causal_dask", functions=self.functions
        )
        helper.set_model_props(model, {key: json.dumps(about[key], default=str) for key in about})
        onnx().checker.check_model(model, full_check=True)
        return model

    def _of_these_opsets(self, model: Any) -> Any:
        """A model in the operators of this graph's version."""
        versions = opsets_of([model])
        if versions.get("", self.opsets[""]) == self.opsets[""]:
            return model
        return onnx().version_converter.convert_version(model, self.opsets[""])

    def _name(self, of: str) -> str:
        self.n_names += 1
        return f"{of}_{self.n_names}"


def opsets_of(models: Sequence[Any]) -> dict[str, int]:
    """The latest version of each domain's operators that some models use."""
    found: dict[str, int] = {}
    for model in models:
        for each in model.opset_import:
            domain = "" if each.domain == "ai.onnx" else each.domain
            found[domain] = max(found.get(domain, 0), each.version)
    return found


def _names(values: Sequence[Any]) -> list[str]:
    return [value.name for value in values]
