"""The kinds of columns of a table in parts, and its parts made of the kinds that fit saw.

Each part is looked at and changed where it is. What is said of the table is gathered from all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.graph.spread import Spread
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.runtime.collections import ask_parts, change_parts
from causal_dask.study.tables.column_kinds import (
    NUMBERS,
    OTHERS,
    ColumnKind,
    are_alike,
    kinds_of,
    same_dtype,
)
from causal_dask.study.tables.converted_columns import (
    Unknown,
    array_of_kind,
    frame_of_kinds,
)

Kinds = Sequence[ColumnKind]


def kinds_of_parts(table: Spread) -> tuple[ColumnKind, ...]:
    """The kind of each column over all parts; of an array, one for all."""
    found = ask_parts(table, partial(_kinds_of_part, names=table.names))
    return tuple(_common([kind for kind in kinds if kind]) for kinds in zip(*found, strict=True))


def parts_of_kinds(table: Spread, found: Kinds, kinds: Kinds) -> tuple[Spread, list[Unknown]]:
    """The table with columns of these kinds, and what became missing for that."""
    if all(map(are_alike, found, kinds)):
        return table, []
    change = partial(_part_of_kinds, names=table.names, kinds=tuple(kinds))
    changed, outcomes = change_parts(table, change, fingerprint(tuple(kinds)))
    for outcome in outcomes:
        if isinstance(outcome, InvalidInput):
            raise outcome
    return changed, [unknown for outcome in outcomes for unknown in outcome]


def _kinds_of_part(part: Any, names: Sequence[Any] | None) -> list[ColumnKind | None]:
    """The kinds of the columns of a part; None where only values could tell, and none is there."""
    columns = part if names is None else part[list(names)]
    return [
        None if kind.holds == OTHERS and _is_empty(columns, position) else kind
        for position, kind in enumerate(kinds_of(columns))
    ]


def _is_empty(columns: Any, position: int) -> bool:
    is_frame = isinstance(columns, pd.DataFrame)
    return is_frame and bool(columns.iloc[:, position].isna().all())


def _common(kinds: Sequence[ColumnKind]) -> ColumnKind:
    """The kind of a column from those of its parts."""
    first = kinds[0] if kinds else ColumnKind(OTHERS, np.dtype(object))
    if all(kind.holds == first.holds and same_dtype(kind.dtype, first.dtype) for kind in kinds):
        return first
    if any(kind.holds != first.holds for kind in kinds):
        return ColumnKind(OTHERS, np.dtype(object))
    if first.holds == NUMBERS and all(isinstance(kind.dtype, np.dtype) for kind in kinds):
        return ColumnKind(NUMBERS, np.result_type(*(kind.dtype for kind in kinds)))
    joined = pd.concat([pd.Series([None], dtype=kind.dtype) for kind in kinds])
    return ColumnKind(first.holds, joined.dtype)


def _part_of_kinds(
    part: Any, names: Sequence[Any] | None, kinds: Kinds
) -> tuple[Any, list[Unknown] | InvalidInput]:
    """A part with columns of these kinds, and what became missing, or why that cannot be."""
    try:
        if names is None:
            return array_of_kind(part, kinds[0]), []
        return frame_of_kinds(part[list(names)], kinds)
    except InvalidInput as error:
        return None, error
