"""Columns beside scores: whether their rows are those; chosen rows, weights, groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.formulas.average_effect import degrees_of_freedom, group_sizes
from causal_dask.study.columns import column
from causal_dask.study.tables.plain_values import plain_column
from causal_dask.study.variants import examples
from causal_dask.tasks.rows import Array

FEW_ROWS = 50
"""In a group with fewer rows, intervals are not given without a warning."""

FEW_GROUPS = 40
"""With fewer groups, clustered standard errors tend to be too small (Cameron & Miller 2015)."""

UNLABELLED = (
    "Give these rows a label of their own, such as 'unknown', or widen the limits where numbers "
    "were cut."
)
"""What to do about rows of no group."""

MOST_GROUPS = 1_000
"""Their joint covariance is held as a matrix."""


def index_of(X: Any) -> Any:
    """The index of a pandas table. A path or a list has a method of that name."""
    return X.index if isinstance(X, pd.DataFrame) else None


def check_rows(index: Any, given: Any, name: str) -> None:
    """Raise if a pandas object is not in the order of the scores; tell if that cannot be known."""
    if not isinstance(given, pd.Series | pd.DataFrame):
        return
    if index is not None:
        if not given.index.equals(index):
            raise InvalidInput(
                f"The pandas index of '{name}' is not that of the rows of the scores, so their "
                f"rows may not belong together. Align them, or pass '{name}' as a NumPy array."
            )
    elif not given.index.equals(pd.RangeIndex(len(given))):
        warn(
            f"'{name}' has an index of its own, and is taken in the order of the rows of the "
            "scores. Pass 'X', 'y' and 'w', to scores() or average_treatment_effect(), to have the "
            "indices compared, or pass a NumPy array.",
            CausalDaskWarning,
        )


def values_of_rows(values: Any, n_variants: int, beside: Mapping[str, Any]) -> Array:
    """Scores as an array; raises unless they, and what is beside them, have the right shapes."""
    found = np.asarray(values)
    if found.ndim != 3 or found.shape[2] != n_variants - 1:
        raise InvalidInput(
            f"'values' must have the shape (n_repeats, n_rows, {n_variants - 1}) for {n_variants} "
            f"variants. Got {found.shape}."
        )
    for name, given in beside.items():
        if given is not None and np.shape(given) != found.shape[1:2]:
            raise InvalidInput(
                f"'{name}' must have an entry for each of the {found.shape[1]} rows. Got the shape "
                f"{np.shape(given)}."
            )
    return found


def chosen_rows(rows: Any, index: Any, n_rows: int) -> Array:
    """The numbers of some rows, in the order in which they are asked for."""
    if isinstance(rows, slice):
        rows = np.arange(n_rows)[rows]
    given = plain_column(rows)
    if given.dtype.kind == "b":
        check_rows(index, rows, "rows")
        if given.shape != (n_rows,):
            raise InvalidInput(f"'rows' has the shape {given.shape}, but there are {n_rows} rows.")
        given = np.flatnonzero(given)
    if given.ndim != 1 or not len(given):
        raise InvalidInput("'rows' must be one column that names a row or more.")
    if given.dtype.kind not in "iu" or given.min() < -n_rows or given.max() >= n_rows:
        raise InvalidInput(
            f"'rows' must be truth values, or the numbers of rows, less than {n_rows}. Got "
            f"{examples(given)}."
        )
    if len(given) == n_rows > 2 and given.min() >= 0 and given.max() <= 1:
        raise InvalidInput(
            "'rows' has a 0 or 1 for each row, which would be the first two rows over and over. "
            "Pass truth values: rows == 1."
        )
    return given


def population_weights(given: Any, index: Any, n_rows: int) -> Array:
    """Weights of the rows of a population, not all 0."""
    check_rows(index, given, "target_weights")
    weights = column(given, "target_weights")
    is_number = weights.dtype.kind in "biuf"
    if not is_number or weights.shape != (n_rows,) or weights.min() < 0:
        raise InvalidInput(
            f"'target_weights' must have a finite number of 0 or more for each of the {n_rows} "
            f"rows. Got {len(weights)} entries, such as {examples(weights)}."
        )
    if not weights.any():
        raise InvalidInput("'target_weights' are all 0.")
    return weights.astype(np.float64)


def group_labels(by: Any, n_rows: int) -> tuple[tuple[Any, ...], Array]:
    """The labels of groups in order, and the number of each row's."""
    values = pd.Series(column(by, "by", UNLABELLED))
    if len(values) != n_rows:
        raise InvalidInput(f"'by' has {len(values)} entries, but there are {n_rows} rows.")
    codes, labels = pd.factorize(values, sort=True)
    dtype = getattr(by, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):  # their order says more than the alphabet's
        places = dtype.categories.get_indexer(labels)
        labels, codes = labels[np.argsort(places)], np.argsort(np.argsort(places))[codes]
    if len(labels) > MOST_GROUPS:
        raise InvalidInput(
            f"'by' has {len(labels):,} different labels; {MOST_GROUPS:,} groups are the most. Cut "
            "numbers into intervals, as by pandas.qcut."
        )
    small = [labels[g] for g, size in enumerate(np.bincount(codes)) if size < FEW_ROWS]
    if small:
        warn(
            f"Some groups have fewer than {FEW_ROWS} rows, too few for intervals that hold their "
            f"level: {small[:5]}{' …' if len(small) > 5 else ''}.",
            CausalDaskWarning,
        )
    return tuple(labels.tolist()), codes


def degrees_of_freedom_of_groups(groups: Array | None, weights: Array | None) -> float | None:
    """Those of the groups of some rows, if there are any; warns if these are few."""
    if groups is None:
        return None
    sizes = group_sizes(groups, weights)
    n_groups = len(sizes)
    if n_groups == 1:
        warn(
            "All rows of an average are of one of the 'groups', so it has no standard error (NaN). "
            "Use finer 'groups' if rows are independent within these.",
            CausalDaskWarning,
        )
        return None
    if n_groups < FEW_GROUPS:
        warn(
            f"The standard errors rest on {n_groups} groups. With fewer than {FEW_GROUPS}, and of "
            "unequal sizes, intervals may be too short even with the t-distribution. Use finer "
            "'groups' if rows are independent within these.",
            CausalDaskWarning,
        )
    return degrees_of_freedom(sizes)
