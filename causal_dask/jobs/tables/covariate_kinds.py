"""Whether covariates are numbers or categories; new rows must be what the training rows are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData

Kinds = Mapping[str, Any]
"""By covariate: None for numbers, else the categories of the training rows."""


def words_as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with its words as categories, the only form in which base models take them."""
    words = frame.select_dtypes(exclude=["number", "bool", "category", "datetime"]).columns
    return frame.astype(dict.fromkeys(words, "category"))


def kinds_of(frame: pd.DataFrame) -> dict[str, list[Any] | None]:
    """The kinds of a frame's columns."""
    return {
        str(name): frame[name].cat.categories.tolist()
        if isinstance(frame[name].dtype, pd.CategoricalDtype)
        else None
        for name in frame
    }


def with_kinds(frame: pd.DataFrame, kinds: Kinds, where: str) -> pd.DataFrame:
    """New rows with the kinds of the training rows; new categories come after the known ones."""
    columns = {}
    for name in frame:
        column, known = frame[name], kinds.get(str(name))
        if known is not None:
            columns[name] = _in_categories(column, known)
        elif pd.api.types.is_numeric_dtype(column):
            columns[name] = column
        elif column.isna().all():
            columns[name] = column.astype(float)
        else:
            word = next(value for value in column if isinstance(value, str))
            raise InvalidData(
                f"{where}: the column {str(name)!r} has words such as {word!r}, where the training "
                "rows have numbers. Correct it."
            )
    return pd.DataFrame(columns)


def check_no_dates(names: Sequence[str], where: str) -> None:
    """Raise if there are covariates that are dates, which no base model takes."""
    if names:
        raise InvalidData(
            f"{where}: the columns {list(names)} are dates, which models do not take. Exclude "
            "them, or write them as numbers."
        )


def _in_categories(column: pd.Series, known: list[Any]) -> pd.Series:
    """A column as categories; numbers become words where the known categories are words."""
    if all(isinstance(value, str) for value in known):
        column = column.map(_as_word, na_action="ignore")
    known_values = set(known)
    new = [value for value in column.dropna().unique() if value not in known_values]
    return column.astype(pd.CategoricalDtype([*known, *new]))


def _as_word(value: Any) -> str:
    """A value as text; pandas reads whole numbers in a column with gaps as floats, 3 as 3.0."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)
