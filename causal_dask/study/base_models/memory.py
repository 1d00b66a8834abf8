"""Guesses at the memory that a fit takes beyond the data. They decide what runs together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.pipeline import Pipeline

from causal_dask.study.base_models.costs import known_name, n_trees
from causal_dask.study.study import Base


class Memory(NamedTuple):
    """Bytes of a fit at its peak: ``copies`` of its rows, and more by value, row and column.

    ``by_sampled`` are for each value of the rows from which bins are made.
    """

    copies: float = 2.0
    by_value: float = 0.0
    by_row: float = 50.0
    by_column: float = 0.0
    by_sampled: float = 0.0


MEMORY = {
    "models.boosted": Memory(2, 5.3, 60, 6.4e5),
    "models.splines": Memory(2, 60),
    "xgboost": Memory(1, 5.3, 20, 6.4e5),
    "lightgbm": Memory(1, 5, 20, 0, 8),
    "HistGradientBoosting": Memory(1, 13, 35),
    "RandomForest": Memory(1, 4, 49),
    "ExtraTrees": Memory(1, 4, 30),
    "GradientBoosting": Memory(1, 4, 55),
    "LogisticRegression": Memory(1, 0, 40),
    "LassoCV": Memory(3, 0, 25),
    "ElasticNetCV": Memory(3, 0, 25),
    "LinearRegression": Memory(4, 0, 25),
    "linear_model": Memory(2, 0, 20),
}
"""By what occurs in a class's module or name. Measured once, on 100,000 rows of 10 and 50 columns
and 400,000 of 20: within a quarter of what the operating system counts."""

INTO_DOUBLE = ("HistGradientBoosting",)
"""Classes that copy numbers of single precision into double."""

SHARED = Memory(0, 1.5, 60, 0)
"""Of a fit that reads covariates prepared once: a byte of each value, and its targets."""

N_SAMPLED = 200_000
"""Rows from which LightGBM makes its bins."""

BYTES_OF_A_NODE = 72
"""Of a tree of scikit-learn: 64, and a value of 8."""


def bytes_of_fit(base: Base, X: Any, n_rows: int) -> float:
    """The bytes that a fit to ``n_rows`` rows of a table takes at its peak, beyond the table."""
    estimator, size = base.model.estimator, _bytes_of_a_value(X)
    n_columns = _n_columns(base, X)
    taken = SHARED if base.prepare is not None else memory_of(estimator)
    if size < 8 and any(name in type(estimator).__name__ for name in INTO_DOUBLE):
        taken = taken._replace(by_value=taken.by_value + 8)
    per_row = n_columns * (taken.copies * size + taken.by_value) + taken.by_row
    per_column = taken.by_column + min(n_rows, N_SAMPLED) * taken.by_sampled
    return n_rows * per_row + n_columns * per_column + _of_trees(estimator, n_rows)


def memory_of(estimator: Any) -> Memory:
    """What a class takes, by name; with a copy for each step of a pipeline and for a search."""
    if isinstance(estimator, Pipeline):
        last = memory_of(estimator.steps[-1][1])
        return last._replace(copies=last.copies + len(estimator.steps) - 1)
    known = known_name(estimator, MEMORY)
    inner = getattr(estimator, "estimator", None)  # a forest has one too, which is its tree
    if known is None and hasattr(inner, "fit"):
        within = memory_of(inner)
        return within._replace(copies=within.copies + 1)
    found = MEMORY.get(known or "", Memory())
    if known == "HistGradientBoosting" and estimator.early_stopping is False:
        found = found._replace(by_value=7)  # no rows are split off and copied
    return found


def _of_trees(estimator: Any, n_rows: int) -> float:
    """The bytes of the model itself, of forests whose trees may have a leaf for each row."""
    name = type(estimator).__name__
    if name not in FORESTS:
        return 0.0
    depth, fewest = estimator.max_depth, estimator.min_samples_leaf
    rows = 0.63 * n_rows if estimator.bootstrap else n_rows
    leaves = rows / (fewest if fewest >= 1 else fewest * n_rows)
    if depth is not None:
        leaves = min(leaves, 2.0**depth)
    return n_trees(estimator) * 2 * leaves * BYTES_OF_A_NODE


FORESTS = {
    f"{kind}{outcome}"
    for kind in ("RandomForest", "ExtraTrees")
    for outcome in ("Regressor", "Classifier")
}


def _n_columns(base: Base, X: Any) -> float:
    features = base.design.features
    if sp.issparse(X):
        return 1.5 * X.nnz / max(X.shape[0], 1)  # a value and its column's number
    encoded = max(base.design.n_variants - 1, 0)
    return (X.shape[1] if features is None else len(features)) + encoded


def _bytes_of_a_value(X: Any) -> int:
    dtype = getattr(X, "dtype", None)
    return dtype.itemsize if isinstance(dtype, np.dtype) and not dtype.hasobject else 8
