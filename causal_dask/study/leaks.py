"""Whether the outcome or the variant was left among the covariates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.tasks.rows import Array

FIRST = 20
"""Rows by which nearly all columns are seen to differ; and the least that a warning is given for,
since columns of a few rows may be equal by chance."""

MEANT = {"y": "the outcome", "w": "the variant"}


def check_not_among(X: Any, columns: Mapping[str, Array], given: Mapping[str, Any]) -> None:
    """Raise if ``X`` holds a column under its name, and warn if it holds one under another.

    ``columns`` are y and w as arrays, ``given`` the same with the names that they may have.
    """
    for name, values in _columns(X):
        for role, own in columns.items():
            if _are_equal(values, own):
                _tell(name, role, getattr(given.get(role), "name", None), len(own))


def _tell(name: Any, role: str, own_name: Any, n_rows: int) -> None:
    is_named = name is not None and name == own_name
    if not is_named and n_rows <= FIRST:
        return
    shown = "a column" if name is None else f"the column {name!r}"
    said = f"'X' has {shown} with the values of '{role}', {MEANT[role]}"
    if is_named:
        raise InvalidInput(f"{said}. Drop it: a model that sees it leaves no effect to find.")
    warn(f"{said}. If it is {MEANT[role]}, drop it: no effect can be found.", CausalDaskWarning)


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    """The columns of a table in memory, with their names if they have any."""
    if isinstance(X, np.ndarray):
        yield from ((None, X[:, k]) for k in range(X.shape[1]))
    elif isinstance(X, pd.DataFrame):
        yield from ((name, X.iloc[:, k]) for k, name in enumerate(X.columns))
    elif isinstance(frame := nw.from_native(X, pass_through=True), nw.DataFrame):
        yield from ((name, frame[name]) for name in frame.columns)


def _are_equal(values: Any, own: Array) -> bool:
    """Whether a column has the values of another, which has no missing ones, on all rows."""
    for n_rows in (min(FIRST, len(own)), len(own)):
        found = np.asarray(values[:n_rows])
        if pd.isna(found).any() or not np.all(found == own[:n_rows]):
            return False
    return True
