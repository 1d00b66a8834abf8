"""Columns that are passed beside scores: whether their rows are those, labels of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.study.columns import column
from causal_dask.tasks.rows import Array

FEW_ROWS = 50
"""In a group with fewer rows, intervals are not given without a warning."""

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


def group_labels(by: Any, n_rows: int) -> tuple[tuple[Any, ...], Array]:
    """The labels of groups in order, and the number of each row's."""
    values = pd.Series(column(by, "by"))
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
