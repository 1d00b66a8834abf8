"""Whether a column is made of another: its values in one order with it, or telling it apart.

Each question is first asked of a few rows spread over the table, by which nearly all columns are
seen to be of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.tasks.rows import Array

SPREAD = 200
"""The rows that are looked at first."""

Labels = list[tuple[Any, Array]]
"""Labels, and which rows have each."""

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


def labels_with_rows(own: Array) -> Labels:
    """The labels that enough rows have and lack, and which rows these are."""
    codes, labels = pd.factorize(own)
    counts = np.bincount(codes, minlength=len(labels))
    are_many = (counts >= LEAST) & (len(own) - counts >= LEAST)
    return [(label, codes == k) for k, label in enumerate(labels.tolist()) if are_many[k]]


def told_apart(values: Any, labels: Labels) -> Any:
    """The first label whose rows have a value that no others have; None if there is none.

    A missing value counts as one, or else rows with it are left out.
    """
    return next((label for label, are in labels if _is_told(values, are)), None)


def _is_told(values: Any, are: Array) -> bool:
    if _holds(values, are, _tells):
        return True
    if not _holds(values, are, lambda *both: _tells(*_there(*both))):
        return False
    are_there = _there(_array(values), are)[1]
    return bool(LEAST <= are_there.sum() <= len(are_there) - LEAST)


def _holds(values: Any, own: Array, test: Callable[[Array, Array], bool]) -> bool:
    """Whether a test passes on rows that are spread over the table, and then on all."""
    spread = _spread(len(own))
    return test(_array(values, spread), own[spread]) and test(_array(values), own)


@lru_cache(maxsize=4)
def _spread(n_rows: int) -> Array:
    return np.unique(np.linspace(0, n_rows - 1, SPREAD).astype(np.int64))


def _array(values: Any, rows: Array | None = None) -> Array:
    if isinstance(values, pd.Series) and isinstance(values.dtype, np.dtype):
        values = values.to_numpy()  # of many columns, to take rows of each takes long in pandas
    if rows is None:
        return np.asarray(values)
    return np.asarray(values.iloc[rows] if isinstance(values, pd.Series) else values[rows])


def _equal(found: Array, own: Array) -> bool:
    return not pd.isna(found).any() and bool(np.all(found == own))


def _tells(found: Array, are: Array) -> bool:
    """Whether one value is that of all these rows and of no others."""
    if not are.any():
        return True
    try:
        same = _have_the_value(found, int(are.argmax()))
    except TypeError:  # values of which no dict can be made
        return False
    return bool(same[are].all()) and not same[~are].any()


def _have_the_value(found: Array, row: int) -> Array:
    """The rows with the value of one row; a missing value counts as one."""
    if found.dtype.kind not in "biuf":
        codes = pd.factorize(found, use_na_sentinel=False)[0]
        return np.asarray(codes == codes[row])
    return np.asarray(found == found[row] if found[row] == found[row] else np.isnan(found))


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
