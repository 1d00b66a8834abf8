"""The columns of covariates in memory: their kinds, gaps and numbers of distinct values."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd


def columns_of(X: Any) -> pd.DataFrame | None:
    """A row for each column; none for sparse matrices, whose columns have no kinds."""
    frame: Any = X
    if isinstance(X, np.ndarray):
        frame = pd.DataFrame(X, columns=[f"x{n}" for n in range(X.shape[1])])
    native = nw.from_native(frame, eager_only=True, pass_through=True)
    if not isinstance(native, nw.DataFrame):
        return None
    rows = {name: _described(native[name]) for name in native.columns}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


def _described(column: nw.Series[Any]) -> dict[str, Any]:
    """One column in a table of columns."""
    missing = column.is_null()
    if column.dtype.is_float():
        missing = missing | column.is_nan()
    return {
        "kind": _kind(column),
        "missing": f"{100 * float(missing.mean() or 0):.2g} %",
        "distinct": f"{column.filter(~missing).n_unique():,}",
    }


def _kind(column: nw.Series[Any]) -> str:
    """What the values of a column are."""
    if column.dtype.is_numeric():
        return "numbers"
    return "truth values" if column.dtype == nw.Boolean else "categories"
