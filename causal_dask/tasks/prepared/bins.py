"""Bins of columns, found once and used by every fit of XGBoost, and fits that use them.

XGBoost cuts each column into bins before it grows trees, by a sketch of the rows of each fit. With
bins that are there, a fit only looks its values up, block by block, and holds a byte of each.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.declared import task
from causal_dask.tasks.column_names import named_for
from causal_dask.tasks.prepared.seen import Seen, names_of, numbers_of, seen_by
from causal_dask.tasks.rows import Array, Design

SAMPLE = 200_000
"""Rows that bins are found from, as LightGBM has it: quantiles of more hardly differ."""


MAKER = "_create_dmatrix"
"""The method by which XGBoost's estimators make their matrices. Its own Dask module has another."""


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The least value of each bin, (n_bins, n_columns); columns with fewer bins end in NaN."""

    least: Array

    def fit(self, estimator: Any, seen: Seen, target: Array, extra: Mapping[str, Any]) -> Any:
        """The estimator, fitted by its own ``fit`` to a matrix that is made of the bins."""
        setattr(estimator, MAKER, _maker(self, estimator, seen))
        try:
            return estimator.fit(seen.first(estimator), target, **extra)
        finally:
            delattr(estimator, MAKER)


@task("binned", version=2)
def bin_columns(X: Any, design: Design, n_bins: int, w: Array | None = None) -> Bins | None:
    """The bins of the columns that a model sees; None if some hold no plain numbers."""
    seen = seen_by(X, design, sampled_rows(X.shape[0], SAMPLE), w)
    if numbers_of(seen.block(0, 1), np.float32) is None:
        return None
    values = np.concatenate([numbers_of(block, np.float32) for _, block in seen.blocks()])
    columns = [least_of_bins(values[:, number], n_bins) for number in range(values.shape[1])]
    least = np.full((max(map(len, columns)) or 1, len(columns)), np.nan, dtype=np.float32)
    for number, column in enumerate(columns):
        least[: len(column), number] = column
    return Bins(least)


def sampled_rows(n_rows: int, most: int) -> Array:
    """The numbers of all rows, or of ``most`` that are drawn; the same for every kind of table."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, most, replace=False))


def least_of_bins(values: Array, n_bins: int) -> Array:
    """The least value of each bin: one for each value if they are few, else of as many rows each.

    A value that fills more than a bin has one of its own, and the others share what is left.
    """
    known = values[~np.isnan(values)]
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) <= n_bins:
        return distinct
    heavy = counts > len(known) / n_bins
    alone = heavy | np.append(False, heavy[:-1])  # a heavy value's bin ends at the next value
    n_left = n_bins - int(alone.sum())
    if n_left < 1:  # so few bins that the heavy values alone would be too many
        alone, n_left = np.zeros(len(distinct), dtype=bool), n_bins
    below = np.cumsum(np.where(alone, 0, counts))
    edges = np.searchsorted(below, np.arange(n_left) * below[-1] / n_left, side="right")
    return np.unique(np.concatenate([distinct[alone], distinct[edges]]))


def _maker(bins: Bins, estimator: Any, seen: Seen) -> Callable[..., Any]:
    """What makes XGBoost's matrix of training rows from the targets and weights."""
    # not in this package's import: whoever fits XGBoost has it loaded
    xgboost = importlib.import_module("xgboost")
    settings = {"nthread": estimator.n_jobs, "max_bin": estimator.max_bin or 256}

    class Blocks(xgboost.DataIter):  # type: ignore[name-defined]
        """The rows, block by block, as often as XGBoost asks for them."""

        def __init__(self, columns: Mapping[str, Array]) -> None:
            self.columns, self.left = columns, seen.blocks()
            super().__init__(release_data=True)

        def reset(self) -> None:
            self.left = seen.blocks()

        def next(self, input_data: Callable[..., Any]) -> bool:
            for rows, block in self.left:
                beside = {name: values[rows] for name, values in self.columns.items()}
                input_data(data=named_for(estimator, block), **beside)
                return True
            return False

    def make(ref: Any = None, label: Any = None, weight: Any = None, **_: Any) -> Any:
        del ref
        given = {"label": label, "weight": weight}
        columns = {name: np.asarray(v) for name, v in given.items() if v is not None}
        names = names_of(seen.first(estimator))
        named = None if names is None else [str(name) for name in names]
        binned = xgboost.QuantileDMatrix(bins.least, feature_names=named, **settings)
        return xgboost.QuantileDMatrix(Blocks(columns), ref=binned, **settings)

    return make
