"""Covariates beside scores, as columns of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.scores import Scores
from causal_dask.tasks.rows import Array


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
    coded = pd.get_dummies(table, drop_first=drop_first, dtype=float)
    values = np.array(coded, dtype=np.float64)
    for column in set(table.columns) - set(coded.columns):  # dummies are 0 where it is missing
        mine = [place for place, word in enumerate(coded.columns) if word.startswith(f"{column}_")]
        values[np.ix_(np.flatnonzero(table[column].isna()), np.array(mine, dtype=int))] = np.nan
    if np.isinf(values).any():
        raise InvalidInput(f"'{name}' has infinite values.")
    return tuple(map(str, coded.columns)), values


def frame_of(covariates: Any, name: str) -> pd.DataFrame:
    """Covariates as a pandas frame with words for names."""
    if hasattr(covariates, "to_pandas"):
        covariates = covariates.to_pandas()
    if isinstance(covariates, pd.Series):
        covariates = covariates.to_frame()
    if isinstance(covariates, pd.DataFrame):
        return covariates.rename(columns=str).reset_index(drop=True)
    values = np.asarray(covariates)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InvalidInput(
            f"'{name}' must be a frame, or an array of numbers with a row for each score. Got "
            f"the shape {values.shape} of {values.dtype}."
        )
    return pd.DataFrame(values, columns=[f"x{n}" for n in range(values.shape[1])])
