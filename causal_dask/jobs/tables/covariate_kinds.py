"""Whether covariates are numbers, categories or dates; new rows must be what training rows are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.column import Column
from causal_dask.jobs.tables.open_files import InMemory
from causal_dask.jobs.tables.typed_arrow import kind_of
from causal_dask.sources.file_table import FileTable

Kinds = Mapping[str, Any]
"""By covariate: None for numbers and truth values, "days" for dates, else its categories."""

DAYS = "days"


def kinds_of(columns: Sequence[Column]) -> dict[str, Any]:
    """The kinds of columns in memory."""
    return {column.name: _kind_of(column) for column in columns}


def kinds_of_files(table: FileTable, names: Sequence[str]) -> dict[str, Any]:
    """The kinds of columns that stay in their files: numbers and categories."""
    return {
        name: None if kind_of(name, table.types[name]) != "categories" else _levels(table, name)
        for name in names
    }


def _levels(table: FileTable, name: str) -> list[Any]:
    chunks = table.arrow([name])[name].chunks
    return list(chunks[0].dictionary.to_pylist())


def column_of_kind(table: InMemory, name: str, kinds: Kinds) -> Column:
    """A column of new rows as what it was in the training rows; new categories come last."""
    known = kinds.get(name)
    if name not in kinds:
        return table.column(name)
    if known is None:
        return _numbers(table, name)
    if known == DAYS:
        return table.column(name)
    return Column(name, "categories", _in_categories(table.words(name), known))


def _kind_of(column: Column) -> Any:
    if column.kind == "categories":
        return column.series.cat.categories.tolist()
    return DAYS if column.kind == "dates" else None


def _numbers(table: InMemory, name: str) -> Column:
    column = table.numbers(name)
    if column.kind in {"numbers", "truth values", "empty"}:
        return column
    what = "words" if column.kind == "categories" else column.kind
    example = column.series.dropna().iloc[0]
    raise InvalidInput(
        f"the column {name!r} has {what} such as {example!r}, where the training rows have "
        "numbers. Correct it."
    )


def _in_categories(column: pd.Series[Any], known: list[Any]) -> pd.Series[Any]:
    """A column as categories; numbers become words where the known categories are words."""
    if all(isinstance(value, str) for value in known):
        column = column.map(_as_word, na_action="ignore")
    elif not any(isinstance(value, str) for value in known):
        column = column.map(_as_number, na_action="ignore")
    known_values = set(known)
    new = [value for value in column.dropna().unique() if value not in known_values]
    return column.astype(pd.CategoricalDtype([*known, *new]))


def _as_word(value: Any) -> str:
    """A value as text; whole numbers in a column with gaps may be floats, 3 as 3.0."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)


def _as_number(value: Any) -> Any:
    """A text as the number that it is; others stay."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
