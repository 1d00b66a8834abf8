"""The settings of a study: what differs between its simulations."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.keys.hashing import digest

Setting = Mapping[str, Any]


def settings_of(design: Any) -> list[dict[str, Any]]:
    """The settings of a design: all combinations of a grid, or the rows of a table or list."""
    if design is None:
        return [{}]
    if isinstance(design, pd.DataFrame):
        found = [{str(k): v for k, v in row.items()} for row in design.to_dict("records")]
    elif isinstance(design, Mapping):
        found = _combinations(design)
    elif isinstance(design, Sequence) and all(isinstance(each, Mapping) for each in design):
        found = [dict(each) for each in design]
    else:
        raise InvalidType(
            "'design' must be a grid, as {'n_rows': [500, 1000]}, a list of dicts, or a DataFrame "
            f"with a row for each setting. Got {type(design).__name__}."
        )
    found = [{name: _plain(name, value) for name, value in each.items()} for each in found]
    _check(found)
    return found


def identity(setting: Setting) -> str:
    """16 hex digits for a setting, whatever the order of its names."""
    return digest(json.dumps(setting, sort_keys=True))[:16]


def check_names(argument: str, names: Sequence[str]) -> None:
    """Raise if a name stands for two things, of which one would be lost."""
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(
                f"{argument!r} has two of the name {name!r}. Pass a dict with a name for each."
            )


def _combinations(grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    lists = {name: v if isinstance(v, list | tuple) else [v] for name, v in grid.items()}
    for name, values in lists.items():
        if not values:
            raise InvalidInput(f"'design' has no value for {name!r}. Give it one or more.")
    return [dict(zip(lists, each, strict=True)) for each in itertools.product(*lists.values())]


def _plain(name: str, value: Any) -> Any:
    """A value of a setting as JSON and tables hold it."""
    value = value.item() if isinstance(value, np.generic) else value
    is_number = isinstance(value, float) and not math.isfinite(value)
    if is_number or not isinstance(value, str | int | float | bool | None):
        raise InvalidType(
            f"'design' must hold numbers, words, truth values or None, since it goes into the "
            f"table of results. Got {value!r} for {name!r}; give it a name there, and make it in "
            "'generate'."
        )
    return value


RESERVED = ("replication", "learner", "measure", "value", "error")
"""The columns of the results besides those of the settings."""


def _check(settings: list[dict[str, Any]]) -> None:
    if not settings:
        raise InvalidInput("'design' must have one setting or more. Got none.")
    names = set(settings[0])
    for setting in settings:
        if set(setting) != names:
            raise InvalidInput(
                f"The settings of 'design' must all have the same names. Got {sorted(names)} and "
                f"{sorted(setting)}."
            )
    if taken := names & set(RESERVED):
        raise InvalidInput(
            f"'design' has a name that a column of the results has: {min(taken)!r}. Rename it."
        )
    _check_twice(settings)
    _check_alike(settings)


def _check_twice(settings: list[dict[str, Any]]) -> None:
    known: set[tuple[Any, ...]] = set()
    for setting in settings:
        values = tuple(setting[name] for name in sorted(setting))  # 1, 1.0 and True are equal
        if values in known:
            raise InvalidInput(f"'design' has the setting {setting} twice. Remove one.")
        known.add(values)


def _check_alike(settings: list[dict[str, Any]]) -> None:
    """Raise if the table could not tell two values of a name, such as '1' and 1."""
    for name in settings[0]:
        known: dict[str, Any] = {}
        for value in (setting[name] for setting in settings):
            if known.setdefault(str(value), value) != value:
                raise InvalidInput(
                    f"'design' has a word and another value for {name!r} that read the same: "
                    f"{known[str(value)]!r} and {value!r}. Call one of them something else."
                )
