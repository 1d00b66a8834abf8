"""The rows that a fit sees, as blocks that are small however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.sources.mapped import let_go
from causal_dask.tasks.column_names import named_for
from causal_dask.tasks.rows import Array, Design, covariates, is_matrix

BLOCK = 1 << 14
"""Rows of a block."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Some rows and columns of a table, with the variants that a model is shown as a feature."""

    X: Any
    design: Design
    rows: Array
    variants: Array | None = None

    def block(self, start: int, stop: int) -> Any:
        """A range of the rows, as the model gets them."""
        shown = None if self.variants is None else self.variants[start:stop]
        return covariates(self.X, self.design, self.rows[start:stop], shown)

    def numbers(self, start: int, stop: int) -> Array:
        """A range of the rows as an array of numbers."""
        return np.asarray(numbers_of(self.block(start, stop)))

    def whole(self, estimator: Any) -> Any:
        """All the rows, with names of columns that the estimator takes."""
        whole = covariates(self.X, self.design, self.rows, self.variants)
        let_go(self.X)
        return named_for(estimator, whole)

    def at(self, positions: Array) -> Any:
        """Some of the rows, as the model gets them."""
        shown = None if self.variants is None else self.variants[positions]
        return covariates(self.X, self.design, self.rows[positions], shown)

    def blocks(self, n_rows: int = BLOCK) -> Iterator[tuple[slice, Any]]:
        """All rows, some at a time, with the range of each block."""
        for start in range(0, len(self.rows), n_rows):
            yield slice(start, start + n_rows), self.block(start, start + n_rows)
            let_go(self.X)

    def first(self, estimator: Any) -> Any:
        """One row, with names of columns that the estimator takes."""
        return named_for(estimator, self.block(0, 1))


@dataclass(frozen=True, slots=True)
class Training:
    """The rows that a fit sees, with their targets and weights."""

    seen: Seen
    target: Array
    weights: Array | None = None

    def has_numbers(self) -> bool:
        """Whether all columns hold plain numbers."""
        return numbers_of(self.seen.block(0, 1)) is not None

    def part(self, start: int, stop: int) -> tuple[Array, Array, Array]:
        """The columns, targets and weights of a range of the rows."""
        target = np.asarray(self.target[start:stop], dtype=np.float64)
        weights = np.ones(len(target)) if self.weights is None else self.weights[start:stop]
        return self.seen.numbers(start, stop), target, weights


def seen_by(X: Any, design: Design, rows: Array, w: Array | None) -> Seen:
    """The rows with their variants, if a design shows them."""
    return Seen(X, design, rows, None if design.encoding is None or w is None else w[rows])


def first_row(X: Any, design: Design, w: Array | None) -> Any:
    """The first row of a table, as a model gets it."""
    return seen_by(X, design, np.array([0]), w).block(0, 1)


def numbers_of(block: Any, dtype: Any = np.float64) -> Array | None:
    """A block as an array; None if it has columns that hold no plain numbers."""
    if isinstance(block, np.ndarray):
        return block.astype(dtype, copy=False) if block.dtype.kind in "fiub" else None
    if is_matrix(block):
        return None
    if not isinstance(block, pd.DataFrame):
        return _numbers_of_native(block, dtype)
    plain = all(isinstance(kind, np.dtype) and kind.kind in "fiub" for kind in block.dtypes)
    return block.to_numpy(dtype=dtype) if plain else None


def in_pandas(block: Any) -> Any:
    """A block of numbers in pandas, where it is a frame of a library that older models refuse."""
    if is_matrix(block) or isinstance(block, pd.DataFrame):
        return block
    return pd.DataFrame(numbers_of(block), columns=names_of(block))


def names_of(block: Any) -> list[Any] | None:
    """The names of a block's columns, if they have any."""
    if is_matrix(block):
        return None
    is_pandas = isinstance(block, pd.DataFrame)
    return list(block.columns if is_pandas else nw.from_native(block, eager_only=True).columns)


def _numbers_of_native(block: Any, dtype: Any) -> Array | None:
    """The same for a frame of another library, in which gaps are NaN as in pandas."""
    frame = nw.from_native(block, eager_only=True)
    if not all(kind.is_numeric() or kind == nw.Boolean for kind in frame.schema.values()):
        return None
    columns = [column.cast(nw.Float64).to_numpy() for column in frame.iter_columns()]
    return np.column_stack(columns).astype(dtype, copy=False)
