"""Covariates beside scores, as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.scores import Scores
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
    coded = pd.get_dummies(table, drop_first=drop_first, dtype=float)
    values = np.array(coded, dtype=np.float64)
    _restore_gaps(values, table, list(coded.columns))
    if np.isinf(values).any():
        raise InvalidInput(f"'{name}' has infinite values.")
    return tuple(map(str, coded.columns)), values


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
    coded = pd.get_dummies(table, dtype=float)
    for name in names:
        if name not in coded and not any(name.startswith(f"{each}_") for each in table.columns):
            raise InvalidInput(f"'X' has no column {name!r}, which is asked for.")
    found = coded.reindex(columns=list(names), fill_value=0.0)
    values = np.array(found, dtype=np.float64)
    _restore_gaps(
        values, table.drop(columns=table.columns.intersection(coded.columns)), list(names)
    )
    return values


def _restore_gaps(values: Array, table: pd.DataFrame, names: list[str]) -> None:
    """Mark where a word was missing: its columns are all 0 there."""
    for column in set(table.columns) - set(names):
        mine = [place for place, name in enumerate(names) if name.startswith(f"{column}_")]
        values[np.ix_(np.flatnonzero(table[column].isna()), np.array(mine, dtype=int))] = np.nan


def _check_kinds(table: pd.DataFrame, name: str) -> None:
    """Raise for dates, which are no numbers, and for columns of very many words."""
    dates = [column for column, kind in table.dtypes.items() if kind.kind in "mM"]
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
        return covariates.rename(columns=str).reset_index(drop=True)
    if covariates is None:
        raise InvalidType(f"'{name}' must be a table with a row for each score. None was passed.")
    values = np.asarray(covariates)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InvalidInput(
            f"'{name}' must be a frame, or an array of numbers with a row for each score. Got "
            f"the shape {values.shape} of {values.dtype}."
        )
    return pd.DataFrame(values, columns=[f"x{n}" for n in range(values.shape[1])])
