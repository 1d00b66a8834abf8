"""Arguments of a fit that have an entry for each row, and their entries of some of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.tasks.rows import Array

BY_ROW = ("sample_weight", "groups", "cv", "propensities")
"""The arguments that may have an entry per row; fit parameters of models may, too."""


def given_by_row(arguments: Mapping[str, Any], n_rows: int) -> dict[str, Any]:
    """The arguments with an entry for each row; raises if weights or groups have other lengths."""
    given = {name: arguments[name] for name in BY_ROW if is_column(name, arguments.get(name))}
    for name in ("sample_weight", "groups"):
        if name in given and len(given[name]) != n_rows:
            raise InvalidInput(
                f"'{name}' must have an entry for each of the {n_rows} rows of 'X'. Got "
                f"{len(given[name])}."
            )
    return {name: values for name, values in given.items() if len(values) == n_rows}


def is_column(name: str, value: Any) -> bool:
    """Whether an argument has entries of rows, instead of the name of a column, say."""
    shape = getattr(value, "shape", ())
    if name in {"sample_weight", "groups"} and isinstance(value, list | tuple):
        return True
    return len(shape) > (name == "propensities")  # of which a vector may be of variants


def entries_of(value: Any, n_rows: int, rows: Array) -> Any:
    """An argument, or the values of a mapping, at some rows, where there is an entry for each."""
    if isinstance(value, Mapping):
        return {name: entries_of(each, n_rows, rows) for name, each in value.items()}
    is_sized = hasattr(value, "__len__") and not isinstance(value, str | bytes)
    if is_sized and (value.shape[0] if getattr(value, "shape", ()) else len(value)) == n_rows:
        return rows_of(value, rows)
    return value


def rows_of(values: Any, rows: Array) -> Any:
    """Some rows of a table or column in memory."""
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    if hasattr(values, "column_names"):  # Arrow's
        return values.take(rows)
    return np.asarray(values)[rows] if isinstance(values, list | tuple) else values[rows]
