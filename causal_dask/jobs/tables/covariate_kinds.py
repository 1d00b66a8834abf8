"""Whether covariates are numbers, categories or dates; new rows must be what training rows are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.column import Column
from causal_dask.jobs.tables.open_files import InMemory
from causal_dask.jobs.tables.typed_arrow import kind_of
from causal_dask.sources.file_table import FileTable
from causal_dask.sources.pyarrow import pyarrow

Kinds = Mapping[str, Any]
"""By covariate: "days" for dates, a list of categories, and None for numbers and truth values.

Numbers with a decimal sign or a unit have a mapping with these, as new rows must be written alike.
"""

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
    if known is None or _have_signs(known):
        return _numbers(table, name, kinds)
    if known == DAYS:
        return table.column(name)
    return Column(name, "categories", _in_categories(table.words(name), known))


def _kind_of(column: Column) -> Any:
    if column.kind == "categories":
        return column.series.cat.categories.tolist()
    if column.kind == "dates":
        return DAYS
    signs = {"decimal": column.decimal, "unit": column.unit}
    return {key: sign for key, sign in signs.items() if sign} or None


def may_stay_in_files(arrow_type: Any, kind: Any) -> bool:
    """Whether new rows in files are of the kind of the training rows without being read."""
    if kind is None or _have_signs(kind):
        return not (kind or {}).get("unit")
    return bool(pyarrow().types.is_dictionary(arrow_type))


def _have_signs(kind: Any) -> bool:
    """Whether a kind is that of numbers which are written with a decimal sign or a unit."""
    return isinstance(kind, Mapping)


def _decimal_sign(name: str, kinds: Kinds) -> str:
    """The decimal sign of a covariate in the training rows, or that of all others; else nothing."""
    signs = {key: kind.get("decimal", "") for key, kind in kinds.items() if _have_signs(kind)}
    others = set(signs.values()) - {""}
    return str(signs.get(name) or (others.pop() if len(others) == 1 else ""))


def _numbers(table: InMemory, name: str, kinds: Kinds) -> Column:
    trained = replace(table.reading, trained=_decimal_sign(name, kinds))
    column = replace(table, reading=trained).numbers(name)
    if column.kind in {"numbers", "truth values", "empty"}:
        return _with_unit(column, kinds)
    what = "words" if column.kind == "categories" else column.kind
    example = column.series.dropna().iloc[0]
    raise InvalidInput(
        f"the column {name!r} has {what} such as {example!r}, where the training rows have "
        "numbers. Correct it."
    )


def _with_unit(column: Column, kinds: Kinds) -> Column:
    """Numbers, with a remark if the training rows had a unit that these have not."""
    unit = (kinds[column.name] or {}).get("unit", "")
    if not unit or unit == column.unit or column.kind == "empty":
        return column
    found = repr(column.unit) if column.unit else "none"
    remark = (
        f"The column {column.name!r} had numbers with {unit!r} in the training rows, and has "
        f"{found} here. Write them alike, if they do not mean the same."
    )
    return replace(column, remark=f"{column.remark} {remark}".strip())


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
