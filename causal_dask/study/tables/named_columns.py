"""Columns of a remote table: which are y, w, weights and groups, and which are features.

Only those that are named are read; the features stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.runtime.collections import column_here, is_collection
from causal_dask.sources.remote_table import RemoteTable
from causal_dask.study.base_models.arguments import Asked, features_of
from causal_dask.study.tables.table import Columns, Table, checked_table

Roles = Mapping[str, Any]
"""The arguments that may name a column, by role: y, w, sample_weight, groups."""


Choose = Callable[[list[Any]], list[Any]]
"""Chooses the features among the columns that are not named as y, w, weights or groups."""


def locate(X: Any, roles: Roles, choose: Choose) -> tuple[Table, dict[str, Any]]:
    """The covariates, and the other columns in memory: also those named or given as collections."""
    found, columns = checked_table(X), dict(roles)
    if isinstance(found, Table):
        table = found
    else:
        named = {role: name for role, name in roles.items() if isinstance(name, str)}
        for role, name in named.items():
            _check_known(role, name, found)
        _check_roles(roles)
        table, read = _features(found, list(dict.fromkeys(named.values())), choose)
        columns |= {role: read[name] for role, name in named.items()}
    for role, values in columns.items():
        if is_collection(values):
            columns[role] = column_here(values, role, table.content)
    return table, columns


def rows_to_predict(X: Any, trained: Columns) -> Table:
    """A table of rows to be predicted; of a remote one, the columns of ``fit`` alone."""
    table = checked_table(X)
    if isinstance(table, Table):
        return table
    return _features(table, [], partial(columns_of_fit, trained=trained))[0]


def columns_seen(left: list[Any], asked: Asked, also: str | None) -> list[Any]:
    """The columns that some model sees, so that the others are never read."""
    chosen = [features_of(asked, step) for step in asked.learner.models]
    if not all(isinstance(names, Sequence) and not isinstance(names, str) for names in chosen):
        return left
    wanted = {name for names in chosen for name in names} | ({also} if also else set())
    # an unknown name is reported later, with the columns there are: read all of them for that
    if not wanted or not wanted <= set(left):
        return left
    return [name for name in left if name in wanted]


def columns_of_fit(left: list[Any], trained: Columns) -> list[Any]:
    """The columns that the learner was fitted to, in their order."""
    if not left or trained.names is None:
        return left
    missing = [name for name in trained.names if name not in left]
    if missing:
        raise InvalidInput(f"'X' lacks the columns {missing} of fit. It has {in_words(left)}.")
    return list(trained.names)


def _features(table: RemoteTable, named: list[Any], choose: Choose) -> tuple[Table, dict[Any, Any]]:
    """The remaining columns of a table as covariates, and the columns that were named."""
    left = [name for name in table.names or () if name not in named]
    features, found = table.split_off(choose(left), named)
    if 0 in features.shape:
        raise InvalidInput(
            f"'X' must have rows and columns. Got the shape {features.shape}"
            + (f" without the columns {named}." if named else ".")
        )
    return Table(features), found


def _check_known(role: str, name: str, table: RemoteTable) -> None:
    if table.names is None:
        raise InvalidInput(
            f"{role!r} names the column {name!r}, but 'X' has no names. Pass an array."
        )
    if name not in table.names:
        raise InvalidInput(
            f"{role!r} names the column {name!r}, which 'X' does not have. It has "
            f"{in_words(table.names)}."
        )


def _check_roles(roles: Roles) -> None:
    """Raise if y or w are left out."""
    for role in ("y", "w"):
        if role in roles and roles[role] is None:
            raise InvalidInput(
                f"{role!r} is None. Pass the name of a column of 'X', or an array of its rows."
            )


def in_words(names: Collection[str]) -> str:
    """Columns as a part of a sentence: the first few, and how many more."""
    first = ", ".join(map(repr, list(names)[:12]))
    return f"the columns {first}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
