"""A part of the rows that candidates are judged on and not fitted to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import _safe_indexing

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.study.columns import check_lengths, column
from causal_dask.study.request import Given
from causal_dask.study.tables.table import Table, checked_table
from causal_dask.tasks.rows import Array, take_rows


def hold_out(given: Given, share: Any, seed: int, name: str = "held_out") -> tuple[Given, Given]:
    """The rows to fit to and those to judge on, with the variants, or whole groups, in both."""
    if isinstance(share, bool) or not isinstance(share, float) or not 0 < share < 1:
        raise InvalidInput(
            f"'{name}' must be a share of the rows between 0 and 1, as 0.3. Got {share!r}."
        )
    check_in_memory(given, name)
    y, w = column(given.y, "y"), column(given.w, "w")
    check_lengths(given.X.content, y, w)
    splitter = StratifiedShuffleSplit if given.groups is None else GroupShuffleSplit
    draw = splitter(n_splits=1, test_size=float(share), random_state=seed)
    try:
        fitted, judged = next(draw.split(np.zeros(len(w)), w.astype(str), given.groups))
    except ValueError as error:
        raise InvalidInput(f"'{name}' cannot split these rows: {error}") from error
    return _rows(given, np.sort(fitted)), _rows(given, np.sort(judged))


def check_in_memory(given: Given, name: str) -> None:
    """Raise unless an argument can draw some of the rows."""
    if isinstance(given.X, Table) and given.cv is None:
        return
    what = "'cv' is given" if given.cv is not None else "'X' is not in memory"
    advice = ", or pass the rows to judge on as 'test'" if name == "held_out" else ""
    raise InvalidInput(f"'{name}' cannot draw rows where {what}. Leave it out{advice}.")


def given_test(test: Any) -> Given:
    """The rows to judge on, as the user passes them."""
    if not isinstance(test, tuple | list) or not 3 <= len(test) <= 4:
        raise InvalidType(
            "'test' must be (X, y, w), or (X, y, w, sample_weight), of the rows to judge on. Got "
            f"{type(test).__name__}."
        )
    return Given(checked_table(test[0]), *test[1:])


def _rows(given: Given, rows: Array) -> Given:
    """Some rows of all that has an entry for each."""
    n_rows = given.X.n_rows
    by_row = {
        name: _safe_indexing(value, rows)
        for name in ("y", "w", "sample_weight", "groups", "propensities")
        for value in [getattr(given, name)]
        if value is not None and not isinstance(value, str) and _length(value) == n_rows
    }
    return replace(given, X=checked_table(take_rows(given.X.content, rows)), **by_row)


def _length(value: Any) -> int | None:
    return len(value) if hasattr(value, "__len__") else None
