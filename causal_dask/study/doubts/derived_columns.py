"""Whether a column is made of another: its values in one order with it, or telling it apart.

Each question is first asked of a few rows spread over the table, by which nearly all columns are
seen to be of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.tasks.rows import Array

SPREAD = 200
"""The rows that are looked at first."""

LEAST = 10
"""The rows with and without a label from which on no column tells them apart by chance."""


def are_equal(values: Any, own: Array) -> bool:
    """Whether a column has the values of another, which vary and are not missing, on all rows."""
    return _holds(values, own, _equal) and bool(np.any(own != own[0]))


def in_one_order(values: Any, own: Array) -> bool:
    """Whether no row with a larger number of one column has a smaller one of the other."""
    return _are_ordered(values, own, 1)


def in_other_order(values: Any, own: Array) -> bool:
    """Whether no row with a larger number of one column has a larger one of the other."""
    return _are_ordered(values, own, -1)


def labels_with_rows(own: Array) -> list[Any]:
    """The labels that enough rows have and lack."""
    counts = pd.Series(own).value_counts(sort=False)
    are_many = (counts >= LEAST) & (len(own) - counts >= LEAST)
    return counts.index[are_many.to_numpy()].tolist()


def told_apart(values: Any, own: Array, labels: list[Any]) -> Any:
    """The first label whose rows have a value that no others have; None if there is none.

    A missing value counts as one, or else rows with it are left out.
    """
    return next((each for each in labels if _is_told(values, own == each)), None)


def _is_told(values: Any, are: Array) -> bool:
    if _holds(values, are, _tells):
        return True
    if not _holds(values, are, lambda *both: _tells(*_there(*both))):
        return False
    are_there = _there(_array(values), are)[1]
    return bool(LEAST <= are_there.sum() <= len(are_there) - LEAST)


def _holds(values: Any, own: Array, test: Callable[[Array, Array], bool]) -> bool:
    """Whether a test passes on rows that are spread over the table, and then on all."""
    spread = np.unique(np.linspace(0, len(own) - 1, SPREAD).astype(np.int64))
    return test(_array(values, spread), own[spread]) and test(_array(values), own)


def _array(values: Any, rows: Array | None = None) -> Array:
    if rows is None:
        return np.asarray(values)
    return np.asarray(values.iloc[rows] if isinstance(values, pd.Series) else values[rows])


def _equal(found: Array, own: Array) -> bool:
    return not pd.isna(found).any() and bool(np.all(found == own))


def _tells(found: Array, are: Array) -> bool:
    """Whether one value is that of all these rows and of no others."""
    try:
        codes = pd.factorize(found, use_na_sentinel=False)[0]
    except TypeError:  # values of which no dict can be made
        return False
    inside = codes[are]
    if not len(inside):
        return True
    return bool((inside == inside[0]).all()) and not (codes[~are] == inside[0]).any()


def _are_ordered(values: Any, own: Array, sign: int) -> bool:
    def test(found: Array, known: Array) -> bool:
        are_numbers = found.dtype.kind in "biuf" and known.dtype.kind in "biuf"
        return are_numbers and _rises(*_there(found, sign * known.astype(np.float64)))

    return _holds(values, own, test) and _differ_enough(*_there(_array(values), own))


def _there(found: Array, own: Array) -> tuple[Array, Array]:
    """The rows in which a column has no gaps."""
    are_there = ~pd.isna(found)
    return found[are_there], own[are_there]


def _rises(found: Array, own: Array) -> bool:
    return bool((np.diff(own[np.lexsort((own, found))]) >= 0).all())


def _differ_enough(found: Array, own: Array) -> bool:
    """Whether an order is none by chance: three values, or two that enough rows have."""
    counts = [np.unique(each, return_counts=True)[1] for each in (found, own)]
    return len(found) > 4 * LEAST and all(
        len(each) > 2 or len(each) == 2 and each.min() >= LEAST for each in counts
    )
