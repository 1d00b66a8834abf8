"""Columns with an entry per row, checked: outcomes, weights, groups, and whether rows match."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import CausalDaskWarning, InvalidInput, warn
from causal_dask.graph.spread import Spread
from causal_dask.sources.file_table import FileTable
from causal_dask.study.doubts.labels import warn_of_labels
from causal_dask.study.tables.plain_values import plain_column
from causal_dask.study.variants import examples
from causal_dask.tasks.rows import Array


def check_lengths(X: Any, y: Any, w: Any) -> None:
    """Raise unless the three have equally many rows and, as pandas objects, the same index."""
    lengths = {"X": X.shape[0], "y": len(y), "w": len(w)}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"'{name}' has {length}" for name, length in lengths.items())
        raise InvalidInput(f"'X', 'y' and 'w' must have as many rows as each other: {found}.")


def check_indices(labelled: Mapping[str, Any]) -> None:
    """Raise unless the pandas objects among some columns have the same index, as in Dask's too."""
    if not any(isinstance(value, pd.DataFrame | pd.Series) for value in labelled.values()):
        return  # whatever index the files of X have need not be read
    known = {name: _index_of(value) for name, value in labelled.items()}
    indices = {name: index for name, index in known.items() if index is not None}
    first = next(iter(indices), "")
    for name, index in indices.items():
        if not index.equals(indices[first]):
            raise InvalidInput(
                f"The pandas indices of '{first}' and '{name}' differ, so their rows may not "
                "belong together. Align them, or pass one of them as a NumPy array."
            )


def warn_of_other_order(X: Any, labelled: Mapping[str, Any]) -> None:
    """Warn of pandas columns whose index counts the rows of ``X``, which has none, otherwise."""
    kinds = pd.DataFrame | pd.Series
    indices = {name: each.index for name, each in labelled.items() if isinstance(each, kinds)}
    if not indices or _index_of(X) is not None:
        return
    names = [f"'{name}'" for name, index in indices.items() if _is_another_order(index)]
    if names:
        warn(
            f"The pandas index of {' and '.join(names)} counts the rows in another order, and 'X' "
            "has no index, so that all are taken by position. Pass 'X' in pandas to have the "
            "indices compared, or NumPy arrays if their rows are those of 'X'.",
            CausalDaskWarning,
        )


def _is_another_order(index: pd.Index[Any]) -> bool:
    """Whether an index has the numbers of the rows in another order than theirs."""
    is_count = index.dtype.kind in "iu" and not index.is_monotonic_increasing
    return is_count and np.array_equal(np.sort(index), np.arange(len(index)))


def _index_of(values: Any) -> Any:
    if isinstance(values, FileTable):
        return values.row_names
    return values.index if isinstance(values, pd.DataFrame | pd.Series | Spread) else None


REMOVE = "Remove those rows from X, y and w, or impute the values."


def column(values: Any, name: str, remedy: str = REMOVE) -> Array:
    """A checked column as an array: one-dimensional, without missing values or infinity."""
    if isinstance(values, Mapping | str) or not np.iterable(values):
        raise InvalidInput(
            f"'{name}' must be one column, with an entry for each row of 'X'. Got {_kind(values)}."
        )
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    frame = nw.from_native(values, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame) and frame.shape[1] == 1:
        values = frame[:, 0].to_native()
    values = plain_column(values)
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if values.ndim != 1:
        raise InvalidInput(f"'{name}' must be one column. Got the shape {values.shape}.")
    missing = pd.isna(values)
    if values.dtype.kind == "f":
        missing |= np.isinf(values)
    if np.any(missing):
        where = int(np.flatnonzero(missing)[0])
        raise InvalidInput(
            f"'{name}' has {int(np.sum(missing))} missing or infinite values, the first at "
            f"position {where}. {remedy}"
        )
    return values


def numeric_outcome(y: Any, has_outcome_model: bool = True) -> Array:
    """A copy of ``y`` as floating-point numbers; float32 stays float32."""
    values = np.asarray(y)
    if values.dtype.kind not in "biuf":
        if has_outcome_model:
            why = ", since the outcome model is a regressor"
            remedy = "Pass a classifier as 'nuisance_model_factory' for classes."
        else:
            why, remedy = "", "Pass is_classification=True for classes."
        shown = examples(_no_numbers(values))
        raise InvalidInput(f"'y' must hold numbers{why}. Got {shown}. {remedy}")
    return values.copy() if values.dtype.kind == "f" else values.astype(np.float64)


def _no_numbers(values: Array) -> Array:
    """The values that are no numbers, where some of a column of objects are."""
    if values.dtype.kind != "O":
        return values
    are_numbers = [isinstance(value, Real) for value in values]
    return values if all(are_numbers) else values[~np.array(are_numbers)]


def row_weights(values: Any, n_rows: int) -> Array:
    """Weights of the rows: finite, not negative, not all zero."""
    given = column(values, "sample_weight")
    if given.dtype.kind not in "biuf":
        raise InvalidInput(f"'sample_weight' must hold numbers. Got {examples(given)}.")
    weights = given.astype(np.float64)
    _check_length(weights, n_rows, "sample_weight")
    if weights.min() < 0 or not weights.any():
        wrong = weights[weights < 0] if weights.min() < 0 else weights
        raise InvalidInput(
            f"'sample_weight' must be 0 or more, and more than 0 somewhere. Got {examples(wrong)}."
        )
    _warn_of_scale(weights)
    return weights


def _warn_of_scale(weights: Array) -> None:
    """Say if weights do not sum to about the number of rows, which penalties are made for."""
    mean = weights.mean()
    if not 0.1 <= mean <= 10:
        warn(
            f"'sample_weight' has the mean {mean:.3g}. Models with penalties or least weights of a "
            "leaf take the sum of weights for the number of rows, so they would shrink their "
            "predictions too much or too little. Pass sample_weight * n / sum(sample_weight).",
            CausalDaskWarning,
        )


def group_codes(values: Any, n_rows: int) -> Array:
    """The number of each row's group, from 0."""
    given = np.asarray(column(values, "groups"))
    codes, labels = pd.factorize(given, sort=True)
    _check_length(codes, n_rows, "groups")
    if given.dtype.kind in "OU":
        warn_of_labels("groups", np.asarray(labels).tolist())
    return np.asarray(codes, dtype=np.int64)


def _kind(values: Any) -> str:
    if isinstance(values, str):
        return f"the word {values!r}. If it names a column, pass the column: table[{values!r}]"
    return "None" if values is None else f"a {type(values).__name__}"


def _check_length(values: Array, n_rows: int, name: str) -> None:
    if len(values) != n_rows:
        raise InvalidInput(f"'{name}' has {len(values)} entries, but there are {n_rows} rows.")
