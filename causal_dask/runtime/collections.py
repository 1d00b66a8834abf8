"""Read Dask DataFrames and Arrays as tables whose partitions stay where Dask computes them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from dask.base import compute, is_dask_collection, persist
from dask.delayed import Delayed, delayed

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.graph.spread import Spread
from causal_dask.keys.hashing import digest
from causal_dask.runtime.worker import futures_in
from causal_dask.sources.partitioned import Partitioned
from causal_dask.sources.remote_table import RemoteTable
from causal_dask.sources.row_names import joined_index


def is_collection(given: Any) -> bool:
    """Whether an argument is a Dask collection."""
    return bool(is_dask_collection(given))


@dataclass(frozen=True, eq=False)
class DaskTable(RemoteTable):
    """A Dask DataFrame or 2-d Dask Array, not computed yet; ``names`` is None for an Array."""

    collection: Any
    names: tuple[Any, ...] | None

    def split_off(
        self, features: Collection[Any], named: Sequence[Any]
    ) -> tuple[Any, dict[Any, Any]]:
        """The table of the features, in persisted partitions, and the named columns as arrays."""
        parts = persist(*partitions(self._with({*features, *named})))
        shown = None if self.names is None else tuple(features)
        lengths, columns, index = _read(parts, named)
        table = Spread(
            parts=tuple((part.key, _content(part)) for part in parts),
            lengths=lengths,
            n_columns=self.collection.shape[1] if shown is None else len(shown),
            join=partial(Partitioned, names=shown),
            names=shown,
            identity=digest(*map(str, self.collection.__dask_keys__())),
            index=index,
        )
        return table, columns

    def _with(self, needed: Collection[Any]) -> Any:
        """The collection with the needed columns only; whole if its partitions are on a cluster.

        Selecting columns of those would store them a second time.
        """
        names = self.names or ()
        if len(needed) == len(names) or futures_in(self.collection):
            return self.collection
        return self.collection[[name for name in names if name in needed]]


def dask_table(collection: Any) -> DaskTable:
    """A collection as a table; raises if it has no rows and columns."""
    if _dimensions(collection) != 2:
        raise InvalidType(
            f"'X' must have rows and columns: a Dask DataFrame or a 2-d Dask Array. Got "
            f"{type(collection).__name__}."
        )
    if not hasattr(collection, "columns"):
        whole_rows = collection.rechunk({1: -1}) if collection.numblocks[1] > 1 else collection
        return DaskTable(whole_rows, None)
    names = tuple(collection.columns)
    unknown = [name for name in names if _has_unknown_categories(collection, name)]
    if unknown:
        raise InvalidInput(
            f"The categories of the columns {unknown} of 'X' may differ between partitions. Call "
            "X.categorize() first."
        )
    return DaskTable(collection, names)


def column_here(collection: Any, name: str, table: Any) -> Any:
    """A collection computed, with its index if it has one; raises if its partitions differ."""
    if _dimensions(collection) != 1:
        raise InvalidType(
            f"'{name}' must be one column: a Dask Series or a 1-d Dask Array. Got "
            f"{type(collection).__name__}."
        )
    parts = compute(*partitions(collection))
    lengths = tuple(map(len, parts))
    if isinstance(table, Spread) and lengths != table.lengths:
        raise InvalidInput(
            f"'{name}' has partitions of {_shown(lengths)} rows, and 'X' of "
            f"{_shown(table.lengths)}, so their rows may not belong together. Repartition one as "
            "the other, or make it a column of 'X'."
        )
    values, index = np.concatenate([np.asarray(part) for part in parts]), _index_of(parts)
    return values if index is None else pd.Series(values, index)


def ask_parts(table: Spread, question: Callable[[Any], Any]) -> list[Any]:
    """What a function says of each part of a table, called where the part is."""
    return list(compute(*(delayed(question)(part) for part in _parts(table))))


def change_parts(
    table: Spread, change: Callable[[Any], tuple[Any, Any]], how: str
) -> tuple[Spread, list[Any]]:
    """A table whose parts are changed where they are, and what the function says of each besides.

    ``how`` tells this change from others.
    """
    both = persist(*(delayed(change)(part) for part in _parts(table)))
    said = compute(*(pair[1] for pair in both))
    parts = persist(*(pair[0] for pair in both))
    changed = replace(
        table,
        parts=tuple((part.key, _content(part)) for part in parts),
        identity=digest(table.identity, "changed", how),
    )
    return changed, list(said)


def partitions(collection: Any) -> list[Delayed]:
    """The partitions of a collection in the order of their rows, each as a delayed value."""
    return list(np.asarray(collection.to_delayed(), dtype=object).ravel())


def _dimensions(collection: Any) -> int:
    """1 for columns, 2 for tables, and 0 for collections that are neither."""
    is_known = not isinstance(collection, Delayed) and hasattr(collection, "to_delayed")
    return int(getattr(collection, "ndim", 0)) if is_known else 0


def _read(
    parts: Sequence[Delayed], named: Sequence[Any]
) -> tuple[tuple[int, ...], dict[Any, Any], pd.Index[Any] | None]:
    """The number of rows of each partition, the named columns of all, and their index."""
    asked = [delayed(_columns)(part, list(named)) for part in parts]
    found = compute(*asked)
    columns = {
        name: np.concatenate([values[position] for _, values in found])
        for position, name in enumerate(named)
    }
    kept = [rows for rows, _ in found]
    return tuple(map(len, kept)), columns, _index_of(kept)


def _columns(part: Any, names: list[Any]) -> tuple[Any, list[Any]]:
    """The rows of a partition without their columns, and some columns of it."""
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()  # Arrow would keep what reading has left
    rows = pd.DataFrame(index=part.index) if hasattr(part, "index") else range(len(part))
    return rows, [part[name].to_numpy() for name in names]


def _index_of(parts: Sequence[Any]) -> pd.Index[Any] | None:
    """The index of partitions, unless they have none or each counts its rows from 0."""
    indices = [part.index for part in parts if isinstance(part, pd.DataFrame | pd.Series)]
    return joined_index(indices, len(parts))


def _parts(table: Spread) -> list[Delayed]:
    """The parts of a table, each as a delayed value."""
    return [Delayed(key, {key: content}) for key, content in table.parts]


def _content(part: Delayed) -> Any:
    """What a persisted partition has become: a value, or a future on a cluster."""
    return dict(part.dask)[part.key]


def _has_unknown_categories(collection: Any, name: Any) -> bool:
    is_categorical = str(collection.dtypes[name]) == "category"
    return is_categorical and not collection[name].cat.known


def _shown(lengths: Sequence[int]) -> str:
    return ", ".join(map(str, lengths[:8])) + (", …" if len(lengths) > 8 else "")
