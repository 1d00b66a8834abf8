"""What a column of Parquet or Arrow files is, by its type there."""

from __future__ import annotations

from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.jobs.tables.column import Column, Kind, Reading
from causal_dask.jobs.tables.dates_in_text import days_of
from causal_dask.jobs.tables.distinct_texts import categories, distinct_texts, words
from causal_dask.jobs.tables.numbers_in_text import NUMBER
from causal_dask.sources.arrow_rows import with_fixed_dtype
from causal_dask.sources.pyarrow import pyarrow


def kind_of(name: str, kind: Any) -> Kind:
    """What a column of an Arrow type holds; raises if models cannot take it."""
    types = pyarrow().types
    if types.is_null(kind):
        return "empty"
    if types.is_boolean(kind):
        return "truth values"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "numbers"
    if is_text(kind) or types.is_dictionary(kind):
        return "categories"
    if types.is_date(kind) or types.is_timestamp(kind):
        return "dates"
    raise InvalidInput(
        f"The column {name!r} is of the type {kind}, which models do not take. Exclude it, or "
        "write numbers, words, truth values or dates."
    )


def is_text(kind: Any) -> bool:
    """Whether an Arrow type is one of words, which models take as categories only."""
    types = pyarrow().types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def typed_column(name: str, column: Any, reading: Reading) -> Column:
    """An Arrow column as models take it."""
    kind = kind_of(name, column.type)
    if kind == "categories" and is_text(column.type):
        texts = column.cast(pyarrow().string())
        return Column(name, kind, categories(texts), _numbers_as_words(name, texts))
    if kind == "dates":
        dates = pd.to_datetime(column.to_pandas())
        return Column(name, kind, days_of(dates) if reading.dates_as_days else dates)
    if kind == "categories":
        return Column(name, kind, column.unify_dictionaries().to_pandas())
    return Column(name, kind, _numbers(column).to_pandas())


def as_written(column: Any) -> pd.Series[Any]:
    """Values as they are in the file: whole numbers stay whole, also if some are missing."""
    types = pyarrow().types
    if types.is_integer(column.type) and column.null_count:
        return pd.Series(column.to_pylist(), dtype=object)
    if is_text(column.type):
        return words(column)
    if types.is_dictionary(column.type):
        return as_written(column.cast(column.type.value_type))
    return column.to_pandas()


def _numbers(column: Any) -> Any:
    """Numbers in a type that models take; truth values are 0 and 1."""
    numbers = with_fixed_dtype(column)
    is_truth = pyarrow().types.is_boolean(numbers.type)
    return numbers.cast(pyarrow().int64()) if is_truth else numbers


def _numbers_as_words(name: str, texts: Any) -> str:
    """What to say of words that are all numbers."""
    column = distinct_texts(texts)
    if not column.n_values or column.n_matches(NUMBER["."]) < column.n_values:
        return ""
    return (
        f"The column {name!r} has numbers, but its type in the file is that of words, so they "
        "are read as categories. If it is a number, write it as one."
    )
