"""What goes into an ONNX file, and the columns of it that each model sees.

A table of numbers is one matrix, ``X``, as tools for ONNX expect. Where some column holds words or
categories, each column is an input of its own, by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.errors import InvalidInput
from causal_dask.export.graph import FLOAT32, INT64, NUMBER, TEXT, WHOLE, Graph
from causal_dask.study.tables.column_kinds import CATEGORIES, NUMBERS, TRUTHS, WORDS, ColumnKind
from causal_dask.study.tables.table import PANDAS, Columns
from causal_dask.tasks.rows import Array, Design, take_columns

MATRIX = "X"


@dataclass(frozen=True, slots=True)
class Column:
    """One covariate: its name, what its values are made of, and its categories if it has any."""

    name: Any
    kind: str
    categories: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Inputs:
    """The covariates as inputs of a file."""

    columns: tuple[Column, ...]
    are_named: bool

    @cached_property
    def is_matrix(self) -> bool:
        """Whether one matrix holds them all."""
        return all(_is_number(column) for column in self.columns)

    def declare(self, graph: Graph) -> None:
        """Add the inputs to a graph."""
        if self.is_matrix:
            graph.input(MATRIX, NUMBER, len(self.columns))
            return
        for column in self.columns:
            graph.input(str(column.name), column.kind, 1)

    def seen(self, graph: Graph, design: Design, variant: int | None) -> Seen:
        """The columns that a model of this design sees, the variant among them if it does."""
        chosen = range(len(self.columns)) if design.features is None else design.features
        rows_of = MATRIX if self.is_matrix else str(self.columns[0].name)
        also = [*([1.0] if design.features == () else []), *variant_columns(design, variant)]
        return Seen(graph, self, tuple(chosen), tuple(also), rows_of)

    def feeds(self, X: Any, dtype: np.dtype[Any]) -> dict[str, Array]:
        """A table of covariates as the inputs that a file takes."""
        if self.is_matrix:
            values = X.toarray() if hasattr(X, "toarray") else X
            return {MATRIX: np.ascontiguousarray(values, dtype=dtype)}
        found = {}
        for position, column in enumerate(self.columns):
            values = pd.Series(np.asarray(take_columns(X, [position])).reshape(-1))
            found[str(column.name)] = _as_fed(values, column, dtype).reshape(-1, 1)
        return found


@dataclass(frozen=True, slots=True)
class Seen:
    """Some columns of the inputs, and columns that are the same in all rows."""

    graph: Graph
    inputs: Inputs
    positions: tuple[int, ...]
    also: tuple[float, ...]
    rows_of: str

    @property
    def columns(self) -> list[Column]:
        """The columns of the table that are seen."""
        return [self.inputs.columns[position] for position in self.positions]

    @property
    def has_words(self) -> bool:
        """Whether some column holds values that are not numbers."""
        return not all(_is_number(column) for column in self.columns)

    @property
    def width(self) -> int:
        """The number of columns that the model is shown."""
        return len(self.positions) + len(self.also)

    def matrix(self) -> str:
        """All columns as one matrix of numbers; categories are their codes."""
        graph, parts = self.graph, []
        if not self.inputs.is_matrix:
            parts = [self._as_numbers(position) for position in self.positions]
        elif len(self.positions) == len(self.inputs.columns):
            parts = [MATRIX]
        elif self.positions:
            parts = [graph.columns(MATRIX, self.positions)]
        if self.also:
            parts.append(graph.in_each_row(self.also, self.rows_of))
        return graph.beside(*parts)

    def by_column(self) -> list[tuple[str, str]]:
        """Each column as a value of its own, and its type."""
        graph = self.graph
        found = []
        for position in self.positions:
            column = self.inputs.columns[position]
            if not self.inputs.is_matrix:
                found.append((str(column.name), column.kind))
                continue
            value = graph.columns(MATRIX, [position])
            whole = column.kind == WHOLE
            found.append((graph.add("Cast", value, to=INT64) if whole else value, column.kind))
        constants = [graph.in_each_row([value], self.rows_of) for value in self.also]
        return found + [(name, NUMBER) for name in constants]

    def _as_numbers(self, position: int) -> str:
        """One column as numbers; of a category its code, not a number if it is another."""
        column, graph = self.inputs.columns[position], self.graph
        name = str(column.name)
        if column.categories is None:
            return name if column.kind == NUMBER else graph.number(name)
        keys = {TEXT: "keys_strings", WHOLE: "keys_int64s", NUMBER: "keys_floats"}[column.kind]
        codes = [float(code) for code in range(len(column.categories))]
        categories = list(column.categories)
        options = {keys: categories, "values_floats": codes, "default_float": float("nan")}
        if column.kind == NUMBER:  # the operator knows float32 only
            name = graph.add("Cast", name, to=FLOAT32)
        return graph.number(graph.add("LabelEncoder", name, domain="ai.onnx.ml", **options))


def variant_columns(design: Design, variant: int | None) -> list[float]:
    """What a model that sees the variant is shown of it, the same in all rows."""
    if design.encoding == "category":
        return [float(variant or 0)]
    if design.encoding == "dummies":
        return [float(variant == k) for k in range(1, design.n_variants)]
    return []


def inputs_of(columns: Columns) -> Inputs:
    """The inputs that covariates of these columns need; raises where ONNX has no such type."""
    names = columns.names or tuple(range(columns.n_features))
    kinds = _known_kinds(columns)
    if len(kinds) != len(names):  # of arrays one kind for all
        return Inputs(tuple(Column(name, NUMBER) for name in names), columns.names is not None)
    found = tuple(map(_column, names, kinds))
    texts = [str(name) for name in names]
    if len(set(texts)) < len(texts):
        raise InvalidInput(f"Columns of 'X' have the same name as text: {texts}. Rename them.")
    return Inputs(found, are_named=True)


def made_up_rows(inputs: Inputs, columns: Columns, n_rows: int = 256) -> Any:
    """Rows of about the right kind, to compare the file's effects on; raises if there is none."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(scale=2, size=(n_rows, columns.n_features))
    if columns.kind == "a sparse matrix":  # whose zeros are missing values to XGBoost
        return sp.csr_matrix(np.where(numbers > 0, numbers, 0))
    if columns.names is None:
        return numbers
    kinds = _known_kinds(columns)
    if len(kinds) != columns.n_features or any(kind.holds == WORDS for kind in kinds):
        raise InvalidInput(
            "Pass 'X', some rows such as the training data, on which the file is compared with "
            "predict: nothing is known of the values in its columns."
        )
    table = pd.DataFrame(numbers.round(6), columns=list(range(columns.n_features)))
    for position, (column, kind) in enumerate(zip(inputs.columns, kinds, strict=True)):
        if kind.holds == CATEGORIES:
            codes = rng.integers(0, max(1, len(kind.dtype.categories)), n_rows)
            values: Any = pd.Categorical.from_codes(codes, dtype=kind.dtype)
        elif kind.holds == TRUTHS:
            values = numbers[:, position] > 0
        else:
            whole = column.kind == WHOLE
            values = np.abs(numbers[:, position].round()) if whole else numbers[:, position]
        table[position] = pd.Series(values).astype(kind.dtype)
    table.columns = pd.Index(columns.names)
    return table


def _known_kinds(columns: Columns) -> tuple[ColumnKind, ...]:
    """The kinds of columns that pandas has; other frames are one matrix of numbers here."""
    is_other = columns.names is not None and columns.kind != PANDAS
    return () if is_other else columns.kinds or ()


def _column(name: Any, kind: ColumnKind) -> Column:
    if kind.holds == CATEGORIES:
        categories = tuple(kind.dtype.categories.tolist())
        return Column(name, _kind_of_values(categories), categories)
    if kind.holds == WORDS:
        return Column(name, TEXT)
    if kind.holds in {NUMBERS, TRUTHS}:
        is_whole = kind.holds == NUMBERS and getattr(kind.dtype, "kind", "f") in "iu"
        return Column(name, WHOLE if is_whole else NUMBER)
    raise InvalidInput(
        f"The column {name!r} holds {kind.holds}, which ONNX has no type for. Leave it out by "
        "'feature_set', or turn it into numbers before fit."
    )


def _kind_of_values(values: Sequence[Any]) -> str:
    if all(isinstance(value, int) for value in values):
        return WHOLE
    return NUMBER if all(isinstance(value, int | float) for value in values) else TEXT


def _is_number(column: Column) -> bool:
    return column.kind != TEXT and column.categories is None


def _as_fed(values: pd.Series[Any], column: Column, dtype: np.dtype[Any]) -> Array:
    """A column in the type that the file takes."""
    if column.kind == TEXT:
        return values.map(lambda value: "" if pd.isna(value) else str(value)).to_numpy(object)
    if column.kind == WHOLE:
        missing = int(values.isna().sum())
        if missing:
            raise InvalidInput(
                f"The column {column.name!r} of 'X' held whole numbers in fit and has {missing} "
                "missing values now, which ONNX has none of among whole numbers."
            )
        return values.to_numpy(np.int64)
    return values.to_numpy(dtype)
