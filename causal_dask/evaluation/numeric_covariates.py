"""The columns of any covariate table as named columns of numbers, in blocks.

Each level of a category becomes an indicator. Knows nothing of variants or weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.study.variants import distinct
from causal_dask.tasks.rows import Array

CELLS = 2**22
"""The most numbers of a block, 32 MB, unless a single column has more."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some covariates: their names, and a column of floats for each, NaN where it is missing."""

    names: list[str]
    values: Array


def blocks(X: Any) -> Iterator[Block]:
    """The covariates of a table in their order, with indicators of missing values, if any."""
    for block in _numbers(X):
        yield block if np.isfinite(block.values).all() else _with_missing(block)


def _with_missing(block: Block) -> Block:
    """A block with NaN for infinite values, and an indicator for each column with missing ones."""
    values = np.where(np.isfinite(block.values), block.values, np.nan)
    missing = np.isnan(values)
    some = np.flatnonzero(missing.any(axis=0))
    names = [f"{block.names[column]} = missing" for column in some]
    return Block(block.names + names, np.hstack([values, missing[:, some]]))


def _numbers(X: Any) -> Iterator[Block]:
    """The covariates of a table in their order; missing values may be NaN or infinite."""
    if sp.issparse(X):
        X = X.tocsc()
    elif not isinstance(X, np.ndarray) or X.dtype.kind not in "biuf":
        return _of_frame(X)
    return _of_matrix(X)


def _of_matrix(X: Any) -> Iterator[Block]:
    """Blocks of a numeric array or CSC matrix, with scikit-learn's names of columns."""
    for columns in _portions(X.shape):
        part = X[:, columns.start : columns.stop]
        dense = part.toarray() if sp.issparse(part) else part
        yield Block([f"x{column}" for column in columns], dense.astype(np.float64))


def _of_frame(X: Any) -> Iterator[Block]:
    for name, series in _columns(X):
        if series.dtype.is_numeric() or series.dtype == nw.Boolean:
            numbers = series.cast(nw.Float64).to_numpy()
            yield Block([name], np.asarray(numbers, dtype=np.float64)[:, None])
        else:
            yield from _of_levels(name, series)


def _columns(X: Any) -> Iterator[tuple[str, nw.Series[Any]]]:
    """Each column and its name; those of pandas frames need not be unique or text."""
    if isinstance(X, np.ndarray):
        X = pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])])
    if not isinstance(X, pd.DataFrame):
        frame = nw.from_native(X, eager_only=True)
        return ((name, frame[name]) for name in frame.columns)
    X = X.infer_objects()
    columns = (X.iloc[:, position].rename(None) for position in range(X.shape[1]))
    return zip(
        map(str, X.columns), (nw.from_native(c, series_only=True) for c in columns), strict=True
    )


def _of_levels(name: str, series: nw.Series[Any]) -> Iterator[Block]:
    """An indicator of each level that occurs, and of missing values."""
    values = pd.Series(series.to_list(), dtype=object)
    levels = _levels(series, distinct(values.dropna().to_numpy()))
    codes = np.asarray(pd.Categorical(values, categories=levels).codes)
    names = [f"{name} = {level}" for level in levels]
    if (codes < 0).any():
        codes, names = np.where(codes < 0, len(levels), codes), [*names, f"{name} = missing"]
    for portion in _portions((len(codes), len(names))):
        indicators = codes[:, None] == np.asarray(portion)
        yield Block([names[level] for level in portion], indicators.astype(np.float64))


def _levels(series: nw.Series[Any], found: list[Any]) -> list[Any]:
    """The levels that occur, in the category's own order if it has one."""
    dtype: Any = getattr(series.to_native(), "dtype", None)  # pandas' categories, polars' enums
    known: Any = getattr(dtype, "categories", None)
    if not hasattr(known, "to_list"):
        return found
    present = set(found)
    return [level for level in known.to_list() if level in present]


def _portions(shape: tuple[int, int]) -> Iterator[range]:
    """Ranges of consecutive columns, each as wide as fits a block."""
    n_rows, n_columns = shape
    width = max(1, CELLS // n_rows)
    for start in range(0, n_columns, width):
        yield range(start, min(start + width, n_columns))
