"""New rows with the columns that fit saw: matched by name, or by position where that is told."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.study.tables.table import PANDAS, Columns, Table

ARRAY = "an array"


def as_in_fit(table: Table, trained: Columns) -> Table:
    """A table with the training columns, in their order and of their kinds; raises if it has not.

    An array, or a frame of which no column is called as in fit, is taken by position, with a
    warning, if it has as many columns.
    """
    found = table.columns
    if found.names != trained.names and _is_by_position(table, trained):
        table = Table(_by_position(table.content, trained))
        warn(
            f"'X' has {_called(found)}, and fit saw {_called(trained)}. The columns are taken by "
            "their position. Pass them with the names of fit to have those compared.",
            CausalDaskWarning,
        )
    _check(table.columns, trained)
    return table.like(trained)


def _is_by_position(table: Table, trained: Columns) -> bool:
    """Whether the columns are as many as in fit, here, and none is called as one of fit."""
    found = table.columns
    if found.n_features != trained.n_features:
        return False
    if trained.names is None:
        return trained.kind == ARRAY and isinstance(table.content, pd.DataFrame)
    if found.names is None:
        return isinstance(table.content, np.ndarray)
    return found.kind == trained.kind and not set(found.names) & set(trained.names)


def _by_position(X: Any, trained: Columns) -> Any:
    """The same values in columns that are called as in fit."""
    if trained.names is None:
        return _numbers(X)
    names = list(trained.names)
    if trained.kind == PANDAS:
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
        return frame.set_axis(pd.Index(names, tupleize_cols=False), axis=1)
    if isinstance(X, np.ndarray):
        backend: Any = trained.kind.split()[1]
        return nw.from_numpy(X, schema=names, backend=backend).to_native()
    other = nw.from_native(X, eager_only=True)
    return other.rename(dict(zip(other.columns, names, strict=True))).to_native()


def _numbers(X: pd.DataFrame) -> Any:
    """A frame as an array of numbers."""
    others = [name for name, dtype in X.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
    if others:
        raise InvalidInput(
            f"'X' was an array in fit, and its columns {others} hold other values than numbers "
            "now. Pass the columns of fit."
        )
    return X.to_numpy(dtype=np.float64, na_value=np.nan)


def _called(columns: Columns) -> str:
    """What the columns of a table are called."""
    if columns.names is None:
        return "columns without names"
    first = ", ".join(map(repr, columns.names[:4]))
    return f"the columns {first}" + (", …" if len(columns.names) > 4 else "")


def _check(found: Columns, trained: Columns) -> None:
    """Raise unless a table has the training columns, in their order."""
    if found.kind != trained.kind:
        raise InvalidInput(
            f"'X' was {trained.kind} in fit and is {found.kind} now. Pass the same kind of table."
        )
    if found.names is not None and trained.names is not None:
        _check_names(found.names, trained.names)
    elif found.n_features != trained.n_features:
        raise InvalidInput(
            f"'X' had {trained.n_features} columns in fit and has {found.n_features} now. "
            "Pass the columns of fit."
        )


def _check_names(found: tuple[Any, ...], trained: tuple[Any, ...]) -> None:
    missing = [name for name in trained if name not in found]
    extra = [name for name in found if name not in trained]
    parts = [f"missing {missing}"] * bool(missing) + [f"not known from fit {extra}"] * bool(extra)
    if parts:
        raise InvalidInput(f"The columns of 'X' differ from fit's: {'; '.join(parts)}.")
    if found != trained:
        raise InvalidInput(
            "The columns of 'X' are in another order than in fit. Pass X[list(columns of fit)]: "
            f"{list(trained)}."
        )
