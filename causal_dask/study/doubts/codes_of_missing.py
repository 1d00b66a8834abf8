"""Numbers that may stand for missing values, such as -999; models take them for numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.study.tables.columns_here import Here
from causal_dask.tasks.rows import Array

REPEATED = [int(digit * n) for digit in "789" for n in (2, 3, 4, 5, 6)]
CODES = np.array(
    [*REPEATED, 996, 997, 998, 2**31 - 1]
    + [-number for number in (9, *REPEATED, 996, 997, 998, 2**31)],
    dtype=np.float64,
)
"""Numbers that are written where a value is missing, in surveys and by programs."""

LEAST = 20
"""Rows from which on it is told that a number is far from all others."""


def warn_of_codes(covariates: Sequence[Here], y: Array) -> None:
    """Warn of columns with a number that may stand for missing values."""
    _tell("'y' has", y, "leave out these rows")
    for each in covariates:
        if np.isin(each.ends, CODES).any():
            which = "A column" if each.name is None else f"The column {each.name!r}"
            _tell(f"{which} of 'X' has", np.asarray(each.values), "pass NaN or impute it")


def far_codes(values: Array) -> tuple[list[float], float, float]:
    """Codes far from all other values, and the least and largest of these."""
    if values.dtype.kind not in "iuf":
        return [], 0.0, 0.0
    ends = np.array([np.fmin.reduce(values), np.fmax.reduce(values)], dtype=np.float64)
    if not np.isin(ends, CODES).any():
        return [], 0.0, 0.0
    are_codes = np.isin(values, CODES)
    others = values[np.isfinite(values) & ~are_codes]
    low, high = (float(others.min()), float(others.max())) if len(others) else (0.0, 0.0)
    codes = [float(code) for code in np.unique(values[are_codes])]
    return [code for code in codes if max(low - code, code - high) > high - low > 0], low, high


def _tell(where: str, values: Array, remedy: str) -> None:
    codes, low, high = far_codes(values) if len(values) > LEAST else ([], 0.0, 0.0)
    for code in codes:
        warn(
            f"{where} the value {code:g} in {np.sum(values == code):,} of {len(values):,} rows, "
            f"far from all others, which are {low:.4g} to {high:.4g}. If it stands for a missing "
            f"value, {remedy}: models take it for a number.",
            CausalDaskWarning,
        )
