"""Covariates beside scores, as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from pandas.api.types import infer_dtype, is_numeric_dtype

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.scores import Scores
from causal_dask.study.tables.plain_values import plain_array, plain_column
from causal_dask.study.variants import labelled
from causal_dask.tasks.rows import Array

MOST_WORDS = 200
"""Each word of a column becomes a column."""


def coded_columns(
    covariates: Any, name: str, scores: Scores, *, drop_first: bool
) -> tuple[tuple[str, ...], Array]:
    """The names of columns and their numbers, (n_rows, n_columns); NaN where a value is missing.

    Words and categories become 0/1 columns, without the first category where ``drop_first``.
    """
    check_rows(scores.index, covariates, name)
    n_rows = np.asarray(scores.values).shape[1]
    table = frame_of(covariates, name)
    if len(table) != n_rows:
        raise InvalidInput(
            f"'{name}' has {len(table)} rows, but there are scores of {n_rows}. Pass the rows "
            "of the scores, in their order."
        )
    _check_kinds(table, name)
    are_numbers = {column: _holds_numbers(table[column]) for column in table}
    numbers = [table[[column]].astype(float) for column in table if are_numbers[column]]
    words = [_indicators(table[column], drop_first) for column in table if not are_numbers[column]]
    coded = pd.concat([pd.DataFrame(index=table.index), *numbers, *words], axis=1)
    _check_distinct(coded.columns, name)
    values = np.array(coded, dtype=np.float64)
    if np.isinf(values).any():
        raise InvalidInput(f"'{name}' has infinite values.")
    return tuple(coded.columns), values


def complete_columns(
    covariates: Any, name: str, scores: Scores, *, drop_first: bool
) -> tuple[tuple[str, ...], Array]:
    """The same where no value may be missing."""
    names, values = coded_columns(covariates, name, scores, drop_first=drop_first)
    missing = [each for each, column in zip(names, values.T, strict=True) if np.isnan(column).any()]
    if missing:
        raise InvalidInput(
            f"'{name}' has missing values in {missing}. Impute them, and add a column that "
            "says where."
        )
    return names, values


def columns_called(covariates: Any, names: Sequence[str]) -> Array:
    """Some coded columns of a frame by name; words that it does not have are in no row."""
    table = frame_of(covariates, "X")
    found = [_column_called(table, name) for name in names]
    return np.column_stack(found) if found else np.empty((len(table), 0))


def _column_called(table: pd.DataFrame, name: str) -> Array:
    """A column of numbers, or an indicator of a word of another column."""
    if name in table:
        if _holds_numbers(table[name]):
            return np.asarray(table[name].astype(float))
        raise InvalidInput(
            f"The column {name!r} of 'X' held numbers where it was learned from, and does not hold "
            "numbers here. Pass numbers."
        )
    words = {column: name[len(str(column)) + 1 :] for column in table}
    may_be = [
        column
        for column, word in words.items()
        if name == f"{column}_{word}" and _may_hold(table[column], word)
    ]
    if not may_be:
        raise InvalidInput(
            f"'X' has no column {name!r}, which is asked for, nor words that it could be made of."
        )
    each = [_is_word(table[column], words[column]) for column in may_be]
    return next((found for found in each if np.nansum(found)), each[-1])


def _may_hold(column: pd.Series[Any], word: str) -> bool:
    """Whether a word may be in a column: in one of numbers, only what spells a number."""
    if not _holds_numbers(column) or column.dtype == bool:
        return True
    return pd.notna(pd.to_numeric(word, errors="coerce"))


def _is_word(column: pd.Series[Any], word: str) -> Array:
    """Where a column has the word, or the number that it spells; NaN where a value is missing."""
    codes, levels = pd.factorize(column)
    same = np.array([bool(labelled(word, [level])) for level in levels], dtype=float)
    return np.append(same, np.nan)[codes]  # the code of a missing value is -1


def _holds_numbers(column: pd.Series[Any]) -> bool:
    """Whether a column is numbers or truth values; one without any value has no words."""
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    return not is_category and is_numeric_dtype(column.dtype) or bool(column.isna().all())


def _indicators(column: pd.Series[Any], drop_first: bool) -> pd.DataFrame:
    """A 0/1 column for each word, NaN where it is missing; for an only word, its column."""
    coded = pd.get_dummies(column, prefix=str(column.name), dtype=float)
    coded[column.isna()] = np.nan
    return coded.iloc[:, 1:] if drop_first and coded.shape[1] > 1 else coded


def _check_distinct(names: pd.Index[Any], name: str) -> None:
    """Raise if two columns have one name, as may those of words and of others."""
    if not names.is_unique:
        twice = list(dict.fromkeys(names[names.duplicated()]))
        raise InvalidInput(
            f"'{name}' has several columns of the names {twice}, counting that words become "
            "columns such as city_Paris. Give each column a name of its own."
        )


def _check_kinds(table: pd.DataFrame, name: str) -> None:
    """Raise for dates, which are no numbers, and for columns of very many words."""
    dates = [
        column
        for column, kind in table.dtypes.items()
        if kind.kind in "mM" or isinstance(kind, pd.PeriodDtype)
    ]
    if dates:
        raise InvalidInput(
            f"'{name}' has dates in {dates}. Turn them into numbers, such as days since a date."
        )
    words = table.select_dtypes(exclude=["number", "bool"])
    many = [column for column in words if words[column].nunique() > MOST_WORDS]
    if many:
        raise InvalidInput(
            f"'{name}' has more than {MOST_WORDS} different words in {many}. Join them, or leave "
            "out columns that name rows."
        )


def frame_of(covariates: Any, name: str) -> pd.DataFrame:
    """Covariates as a pandas frame with words for names."""
    if hasattr(covariates, "to_pandas"):
        covariates = covariates.to_pandas()
    if isinstance(covariates, pd.Series):
        covariates = covariates.to_frame()
    if isinstance(covariates, pd.DataFrame):
        table = covariates.rename(columns=str).reset_index(drop=True)
        _check_distinct(table.columns, name)
        plain = {column: _plain_values(table[column]) for column in table}
        return pd.DataFrame(plain, index=table.index)
    if covariates is None:
        raise InvalidType(f"'{name}' must be a table with a row for each score. None was passed.")
    values = covariates.toarray() if sp.issparse(covariates) else covariates
    values = plain_array(np.asanyarray(values))
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InvalidInput(
            f"'{name}' must be a frame, or an array of numbers with a row for each score. Got "
            f"the shape {values.shape} of {values.dtype}."
        )
    return pd.DataFrame(values, columns=[f"x{n}" for n in range(values.shape[1])])


def _plain_values(column: pd.Series[Any]) -> pd.Series[Any]:
    """The column with its numbers and truth values as such, whatever they are wrapped in."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    plain = plain_column(column)
    if plain.dtype == object and infer_dtype(plain, skipna=True) == "boolean":
        plain = np.array(pd.Series(plain).astype("boolean").astype(float))
    is_changed = plain.dtype.kind in "biuf" and plain.dtype != column.dtype
    return pd.Series(plain, column.index, name=column.name) if is_changed else column
