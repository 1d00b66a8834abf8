"""Dates that are written as whole numbers, such as 20240131, whose distances are not days."""

from __future__ import annotations

from typing import Any

import numpy as np

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.study.tables.columns_here import columns_here
from causal_dask.tasks.rows import Array

FIRST, LAST = 19_000_101, 21_001_231
"""The dates that are looked for."""

LEAST = 5
"""Different values from which on numbers are no dates by chance."""


def warn_of_dates(X: Any) -> None:
    """Warn of columns of whole numbers of which each is a date."""
    for name, values in columns_here(X):
        found = np.asarray(values)
        if _are_dates(found):
            first = np.fmin.reduce(found)
            which = "A column" if name is None else f"The column {name!r}"
            warn(
                f"{which} of 'X' has dates as numbers, such as {first:.0f}, and is taken as it is: "
                "the last day of a month and the next day are 70 apart. Pass days instead, as of "
                "(pandas.to_datetime(column, format='%Y%m%d') - start).dt.days.",
                CausalDaskWarning,
            )


def _are_dates(values: Array) -> bool:
    if values.dtype.kind not in "iuf" or not len(values):
        return False
    if not (np.fmin.reduce(values) >= FIRST and np.fmax.reduce(values) <= LAST):
        return False
    days = np.unique(values[~np.isnan(values)])
    is_whole = bool(np.all(days == np.floor(days)))
    month, day = days // 100 % 100, days % 100
    are_days = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return is_whole and len(days) >= LEAST and bool(are_days.all())
