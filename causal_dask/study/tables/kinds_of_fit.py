"""The kinds of columns of any table, and new rows whose columns are made of those of fit."""

from __future__ import annotations

from typing import Any

import pandas as pd

from causal_dask.graph.spread import Spread
from causal_dask.sources.file_table import FileTable
from causal_dask.study.tables.column_kinds import ColumnKind, are_alike, kinds_of, kinds_of_files
from causal_dask.study.tables.converted_columns import (
    Unknown,
    array_of_kind,
    frame_of_kinds,
    tell_of_unknown,
)
from causal_dask.study.tables.kinds_in_parts import kinds_of_parts, parts_of_kinds
from causal_dask.study.tables.native_columns import kinds_of_native, native_of_kinds
from causal_dask.tasks.rows import is_matrix

Kinds = tuple[ColumnKind, ...]


def kinds_of_table(X: Any) -> Kinds | None:
    """The kind of each column; of an array, one for all, and None if that is in files."""
    if isinstance(X, FileTable):
        return kinds_of_files(X)
    if isinstance(X, Spread):
        return kinds_of_parts(X)
    return kinds_of(X) if isinstance(X, pd.DataFrame) or is_matrix(X) else kinds_of_native(X)


def of_kinds(X: Any, found: Kinds | None, kinds: Kinds | None) -> Any:
    """A table of new rows, of the kinds ``found``, with columns of the kinds that fit saw.

    Tables that are not here are changed only where they hold other kinds; numbers of any type are
    alike.
    """
    if not kinds or not found:  # arrays in files have none, nor have learners of older versions
        return X
    changed, unknown = _changed(X, found, kinds)
    tell_of_unknown(unknown)
    return changed


def _changed(X: Any, found: Kinds, kinds: Kinds) -> tuple[Any, list[Unknown]]:
    """The table with columns of these kinds, and what became missing for that."""
    if isinstance(X, FileTable):
        if all(map(are_alike, found, kinds)):
            return X, []
        return frame_of_kinds(X.arrow(X.columns).to_pandas(), kinds)
    if isinstance(X, Spread):
        return parts_of_kinds(X, found, kinds)
    if is_matrix(X):
        return array_of_kind(X, kinds[0]), []
    if isinstance(X, pd.DataFrame):
        return frame_of_kinds(X, kinds)
    return native_of_kinds(X, found, kinds)
