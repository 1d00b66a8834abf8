"""Columns of a table elsewhere: which are y, w, weights and groups, which are features.

Only those that are named are read here; the features are left where they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.estimators.base_models import Asked, features_of
from causal_dask.estimators.inputs import Columns, covariate_table
from causal_dask.sources.file_table import FileTable

Given = Mapping[str, Any]
"""The arguments that may name a column, by role: y, w, sample_weight, groups."""


def located(X: Any, given: Given) -> tuple[Any, dict[str, Any]]:
    """What is left of a table as covariates, and the columns, those that were named at hand."""
    table = covariate_table(X)
    if not isinstance(table, FileTable):
        return table, dict(given)
    named = {role: name for role, name in given.items() if isinstance(name, str)}
    for role, name in named.items():
        _check_known(role, name, table)
    _check_given(given)
    found = table.read(list(dict.fromkeys(named.values())))
    if found:
        table = table.select([name for name in table.columns if name not in found])
    if 0 in table.shape:
        raise InvalidInput(f"'X' has the shape {table.shape} without the columns {list(found)}.")
    return table, {**given, **{role: found[name] for role, name in named.items()}}


def with_features_only(table: Any, asked: Asked, also: str | None) -> Any:
    """A table elsewhere less the columns that no model sees, so that they are never read."""
    if not isinstance(table, FileTable) or table.names is None:
        return table
    chosen = [features_of(asked, step) for step in asked.learner.models]
    if not all(isinstance(names, Sequence) and not isinstance(names, str) for names in chosen):
        return table
    wanted = {name for names in chosen for name in names} | ({also} if also else set())
    if not wanted or not wanted <= set(table.names):
        return table
    return table.select([name for name in table.names if name in wanted])


def with_columns_of(table: Any, trained: Columns) -> Any:
    """A table elsewhere with the columns of ``fit`` alone, in their order, if it has them."""
    if not isinstance(table, FileTable) or table.names is None or trained.names is None:
        return table
    missing = [name for name in trained.names if name not in table.names]
    if missing:
        raise InvalidInput(
            f"'X' lacks the columns {missing} of fit. Its files have {_shown(table.names)}."
        )
    return table.select(trained.names)


def _check_known(role: str, name: str, table: FileTable) -> None:
    if table.names is None:
        raise InvalidInput(
            f"{role!r} names the column {name!r}, but an .npy file has no names. Pass an array."
        )
    if name not in table.names:
        raise InvalidInput(
            f"{role!r} names the column {name!r}, which 'X' does not have. Its files have "
            f"{_shown(table.names)}."
        )


def _check_given(given: Given) -> None:
    """Raise if y or w are left out."""
    for role in ("y", "w"):
        if given[role] is None:
            raise InvalidInput(
                f"{role!r} is None. Pass the name of a column of 'X', or an array of its rows."
            )


def _shown(names: Collection[str]) -> str:
    shown = ", ".join(map(repr, list(names)[:12]))
    return f"the columns {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
