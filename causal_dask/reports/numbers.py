"""Numbers as people read them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from causal_dask.display import p_value


def number(value: Any, digits: int = 4) -> str:
    """A number with four digits, a whole number with all of them, a dash for none."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if not isinstance(value, float | np.floating):
        return str(value)
    as_float = float(value)
    if math.isnan(as_float):
        return "–"
    return f"{as_float:,.0f}" if 1e4 <= abs(as_float) < 1e12 else f"{as_float:.{digits}g}"


def cell(value: Any, column: str) -> str:
    """A number as a table shows it in a column of this name."""
    if isinstance(value, float | np.floating) and not math.isnan(value):
        if column.endswith("p_value"):
            return p_value(float(value))
        if column.startswith("share_"):
            return f"{100 * value:.1f} %"
    return number(value)


def percent(share: float) -> str:
    """A share in percent, with three digits."""
    return f"{100 * share:.3g} %"
