"""Dates that are written as whole numbers, such as 20240131, whose distances are not days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.study.tables.columns_here import Here

FIRST, LAST = 19_000_101, 21_001_231
"""The dates that are looked for."""

LEAST = 5
"""Different values from which on numbers are no dates by chance."""


def warn_of_dates(covariates: Sequence[Here]) -> None:
    """Warn of columns of whole numbers of which each is a date."""
    for each in covariates:
        if each.ends and FIRST <= each.ends[0] <= each.ends[1] <= LAST and _are_dates(each.values):
            which = "A column" if each.name is None else f"The column {each.name!r}"
            warn(
                f"{which} of 'X' has dates as numbers, such as {each.ends[0]:.0f}, and is taken as "
                "it is: the last day of a month and the next day are 70 apart. Pass days instead, "
                "as of (pandas.to_datetime(column, format='%Y%m%d') - start).dt.days.",
                CausalDaskWarning,
            )


def _are_dates(found: Any) -> bool:
    values = np.asarray(found)
    days = np.unique(values[~np.isnan(values)])
    is_whole = bool(np.all(days == np.floor(days)))
    month, day = days // 100 % 100, days % 100
    are_days = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return is_whole and len(days) >= LEAST and bool(are_days.all())
