"""The kinds of a job's covariates: new rows get those of the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidData

Kinds = Mapping[str, Any]
"""By covariate: None for numbers, else the categories that the training rows have."""


def categorised(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with words as categories, as base models want them."""
    words = frame.select_dtypes(exclude=["number", "bool", "category", "datetime"]).columns
    return frame.astype(dict.fromkeys(words, "category"))


def kinds_of(frame: pd.DataFrame) -> dict[str, list[Any] | None]:
    """The kinds of the columns of a table in memory."""
    return {
        str(name): frame[name].cat.categories.tolist()
        if isinstance(frame[name].dtype, pd.CategoricalDtype)
        else None
        for name in frame
    }


def of_kinds(frame: pd.DataFrame, kinds: Kinds, where: str) -> pd.DataFrame:
    """New rows, their columns of the training rows' kinds; other categories come after theirs."""
    made = {}
    for name in frame:
        column, known = frame[name], kinds.get(str(name))
        if known is not None:
            made[name] = _in_categories(column, known)
        elif pd.api.types.is_numeric_dtype(column) or column.isna().all():
            made[name] = column if pd.api.types.is_numeric_dtype(column) else column.astype(float)
        else:
            word = next(value for value in column if isinstance(value, str))
            raise InvalidData(
                f"{where}: the column {str(name)!r} has words such as {word!r}, where the training "
                "rows have numbers. Correct it."
            )
    return pd.DataFrame(made)


def check_no_dates(names: Sequence[str], where: str) -> None:
    """Raise if covariates are dates, which no base model takes."""
    if names:
        raise InvalidData(
            f"{where}: the columns {list(names)} are dates, which models do not take. Exclude "
            "them, or write them as numbers."
        )


def _in_categories(column: pd.Series, known: list[Any]) -> pd.Series:
    """A column as categories; numbers that stand for words are written as those are."""
    if all(isinstance(value, str) for value in known):
        column = column.map(_as_word, na_action="ignore")
    others = [value for value in column.dropna().unique() if value not in set(known)]
    return column.astype(pd.CategoricalDtype([*known, *others]))


def _as_word(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)
