"""Tables with one covariate permuted, and how far effects move by it."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp

from causal_dask.declared import task
from causal_dask.tasks.rows import Array


@task("with_permuted_column")
def with_permuted_column(X: Any, folds: Array, column: int, seed: tuple[int, ...]) -> Any:
    """A table with the values of one column permuted among the rows of each fold."""
    order = _permuted_within(folds, seed)
    if isinstance(X, pd.DataFrame):
        frame = X.copy(deep=False)
        frame.isetitem(column, X.iloc[order, column].array)
        return frame
    if isinstance(X, np.ndarray):
        changed = X.copy()
        changed[:, column] = X[order, column]
        return changed
    if sp.issparse(X):
        columns = X.tocsc()
        parts = [columns[:, :column], columns[order][:, [column]], columns[:, column + 1 :]]
        return sp.hstack(parts, format="csr")
    other = nw.from_native(X, eager_only=True)
    name = other.columns[column]
    return other.with_columns(other[name][order.tolist()].alias(name)).to_native()


@task("effect_change")
def effect_change(before: Array, after: Array, folds: Array, numbers: tuple[int, ...]) -> Array:
    """Half the mean squared change of each contrast's effect, (contrasts, folds).

    Jansen (1999): that is the part of the effect's variance in which the covariate has a share.
    """
    squares = (after[:, :, -1] - before[:, :, -1]) ** 2 / 2
    return np.stack([squares[folds == number].mean(axis=0) for number in numbers], axis=1)


@task("effect_variance")
def effect_variance(effects: Array) -> Array:
    """The variance of each contrast's effect over the rows."""
    return np.asarray(effects[:, :, -1].var(axis=0))


def _permuted_within(folds: Array, seed: tuple[int, ...]) -> Array:
    """A random order of the rows in which each stays in its fold."""
    rng = np.random.default_rng(seed)
    order = np.arange(len(folds))
    for number in np.unique(folds):
        rows = np.flatnonzero(folds == number)
        order[rows] = rng.permutation(rows)
    return order
