"""Checks X, y and w at the door, once, and says what is wrong in the caller's words.

Knows nothing of learners; what depends on the learner or on the folds is checked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils.multiclass import type_of_target

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.graph.spread import Spread
from causal_dask.runtime.collections import dask_table, is_collection
from causal_dask.sources.elsewhere import Elsewhere
from causal_dask.sources.file_table import FileTable, file_table
from causal_dask.sources.paths import is_path
from causal_dask.tasks.rows import Array, is_matrix

PANDAS = "a pandas DataFrame"


@saved("Columns")
@dataclass(frozen=True, slots=True)
class Columns:
    """What kind of table the covariates are, and what their columns are called."""

    kind: str
    n_features: int
    names: tuple[Any, ...] | None = None


def covariate_table(X: Any) -> Any:
    """``X`` as one of the tables that we know: an array, a frame, a CSR matrix, or elsewhere."""
    if is_path(X):
        return file_table(X)
    if is_collection(X):
        return dask_table(X)
    if isinstance(X, Elsewhere | Spread):
        return X
    if sp.issparse(X):
        X = X.tocsr(copy=True)
        X.sum_duplicates()  # and sorts: equal matrices get equal keys
        return X
    if isinstance(X, Sequence) and not isinstance(X, str | bytes):
        X = np.asarray(X)
    if not isinstance(X, np.ndarray | pd.DataFrame) and _other_frame(X) is None:
        raise InvalidType(
            f"'X' must be a 2-D NumPy array, a DataFrame (pandas, polars, Arrow, …), a SciPy "
            f"sparse matrix, a Dask collection, or the path of a file. Got {type(X).__name__}."
        )
    if len(X.shape) != 2 or 0 in X.shape:
        raise InvalidInput(
            f"'X' must have rows and columns. Got the shape {X.shape}; "
            "a single feature is X.reshape(-1, 1)."
        )
    return X


def table_here(X: Any) -> Any:
    """``X`` as a table in memory; raises if it is elsewhere."""
    table = covariate_table(X)
    if isinstance(table, Elsewhere):
        raise InvalidInput(
            "'X' must be in memory here: an array or a frame. Got a path or a Dask collection. "
            "Pass a sample of it, as of pandas.read_parquet or X.compute."
        )
    return table


def columns_of(X: Any) -> Columns:
    """The columns of a checked table, as the models will see it."""
    if isinstance(X, FileTable | Spread):
        return Columns("an array" if X.names is None else PANDAS, X.shape[1], X.names)
    if isinstance(X, pd.DataFrame):
        return Columns(PANDAS, X.shape[1], tuple(X.columns))
    if is_matrix(X):
        return Columns("a sparse matrix" if sp.issparse(X) else "an array", X.shape[1])
    frame = nw.from_native(X, eager_only=True)
    kind = f"a {frame.implementation.name.lower()} DataFrame"
    return Columns(kind, len(frame.columns), tuple(frame.columns))


def check_columns(X: Any, trained: Columns) -> None:
    """Raise unless ``X`` has the training columns, in their order."""
    found = columns_of(X)
    if found.kind != trained.kind:
        raise InvalidInput(
            f"'X' was {trained.kind} in fit and is {found.kind} now. Pass the same kind of table."
        )
    if found.names is not None and trained.names is not None:
        _check_names(found.names, trained.names)
    elif found.n_features != trained.n_features:
        raise InvalidInput(
            f"'X' had {trained.n_features} columns in fit and has {found.n_features} now. "
            "Pass the columns of fit."
        )


def check_lengths(X: Any, y: Any, w: Any) -> None:
    """Raise unless the three have as many rows, with the same labels where they have labels."""
    lengths = {"X": X.shape[0], "y": len(y), "w": len(w)}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"'{name}' has {length}" for name, length in lengths.items())
        raise InvalidInput(f"'X', 'y' and 'w' must have as many rows as each other: {found}.")
    check_indices({"X": X, "y": y, "w": w})


def check_indices(labelled: Mapping[str, Any]) -> None:
    """Raise unless those that are pandas objects have the same index."""
    indices = {n: v.index for n, v in labelled.items() if isinstance(v, pd.DataFrame | pd.Series)}
    first = next(iter(indices), "")
    for name, index in indices.items():
        if not index.equals(indices[first]):
            raise InvalidInput(
                f"The pandas indices of '{first}' and '{name}' differ, so their rows may not "
                "belong together. Align them, or pass one of them as a NumPy array."
            )


def column(values: Any, name: str) -> Any:
    """A checked column, still as it was given: one-dimensional, without NaN or infinity."""
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if not isinstance(values, pd.Series):
        series = nw.from_native(values, series_only=True, pass_through=True)
        values = series.to_numpy() if isinstance(series, nw.Series) else np.asarray(values)
        values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if values.ndim != 1:
        raise InvalidInput(f"'{name}' must be one column. Got the shape {values.shape}.")
    missing = pd.isna(values) | np.isin(values, [np.inf, -np.inf])
    if np.any(missing):
        where = int(np.flatnonzero(missing)[0])
        raise InvalidInput(
            f"'{name}' has {int(np.sum(missing))} missing or infinite values, the first in row "
            f"{where}. Remove those rows from X, y and w, or impute the values."
        )
    return values


def treatment_labels(w: Any, n_variants: int | None, control: Any) -> tuple[Any, ...]:
    """The variants that ``w`` holds, control first; raises unless every one expected occurs."""
    values = np.asarray(w)
    found = distinct(values)
    if len(found) == 1:
        raise InvalidInput(
            f"'w' has the single variant {found[0]!r}. Control and at least one treatment are "
            "needed to compare."
        )
    if control is not None:
        return _control_first(found, n_variants, control)
    if not _is_whole(values) or found[0] < 0:
        raise InvalidInput(
            "'w' must hold whole numbers, 0 for control and 1 … K-1 for the treatments, or any "
            f"labels, of which 'control' names one. Got {_examples(values)}."
        )
    expected = n_variants if n_variants is not None else int(found[-1]) + 1
    if len(found) != expected or int(found[-1]) != expected - 1:
        raise InvalidInput(
            f"'w' must hold each of the variants 0 … {expected - 1}. Got "
            f"{[int(label) for label in found]}. Number the variants without gaps and let "
            "'n_variants' be their number, or name the control with 'control'."
        )
    return tuple(found if values.dtype.kind == "b" else map(int, found))


def codes_of(values: Any, known: Sequence[Any], name: str) -> Array:
    """A column as positions in the variants or classes that are ``known``."""
    given = np.asarray(values)
    codes = pd.Index(list(known)).get_indexer(pd.Index(given))
    if (codes < 0).any():
        raise InvalidInput(
            f"'{name}' has the values {_examples(given[codes < 0])}, which fit did not meet. "
            f"It met {list(known)}."
        )
    return codes.astype(np.int64)


def distinct(values: Array) -> list[Any]:
    """The different values in order, or, where they have none, in the order of their names."""
    found = pd.unique(values).tolist()
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=repr)


def _control_first(found: list[Any], n_variants: int | None, control: Any) -> tuple[Any, ...]:
    if control not in found:
        raise InvalidInput(f"The 'control' {control!r} is not in 'w', which holds {_shown(found)}.")
    if n_variants is not None and len(found) != n_variants:
        raise InvalidInput(
            f"'w' holds {len(found)} variants, {_shown(found)}, but 'n_variants' is {n_variants}."
        )
    own = found[found.index(control)]
    return (own, *(label for label in found if label != own))


def _is_whole(values: Array) -> bool:
    return values.dtype.kind in "biuf" and bool(np.all(values == np.floor(values.astype(float))))


def class_codes(y: Any) -> tuple[Array, tuple[Any, ...]]:
    """``y`` as numbers of classes, and the classes in order."""
    values = np.asarray(y)
    if values.dtype.kind == "f" and type_of_target(values).startswith("continuous"):
        raise InvalidInput(
            "'y' must hold classes, since the outcome model is a classifier. Got fractions such "
            f"as {_examples(values)}. Pass a regressor as 'nuisance_model_factory'."
        )
    classes = distinct(values)
    if len(classes) < 2:
        raise InvalidInput(f"'y' must hold at least two classes. Got only {_examples(values)}.")
    return codes_of(values, classes, "y"), tuple(classes)


def numeric_outcome(y: Any) -> Array:
    """A copy of ``y`` as floating-point numbers; float32 stays float32."""
    values = np.asarray(y)
    if values.dtype.kind not in "biuf":
        raise InvalidInput(
            "'y' must hold numbers, since the outcome model is a regressor. Got "
            f"{_examples(values)}. Pass a classifier as 'nuisance_model_factory' for classes."
        )
    return values.copy() if values.dtype.kind == "f" else values.astype(np.float64)


def row_weights(values: Any, n_rows: int) -> Array:
    """Weights of the rows: finite, not negative, not all zero."""
    weights = np.asarray(column(values, "sample_weight"), dtype=np.float64)
    _check_length(weights, n_rows, "sample_weight")
    if weights.min() < 0 or not weights.any():
        raise InvalidInput(
            "'sample_weight' must be 0 or more, and more than 0 somewhere. Got "
            f"{_examples(weights)}."
        )
    return weights


def group_codes(values: Any, n_rows: int) -> Array:
    """Groups of rows, numbered."""
    codes = pd.factorize(np.asarray(column(values, "groups")), sort=True)[0]
    _check_length(codes, n_rows, "groups")
    return np.asarray(codes, dtype=np.int64)


def _check_length(values: Array, n_rows: int, name: str) -> None:
    if len(values) != n_rows:
        raise InvalidInput(f"'{name}' has {len(values)} entries, but there are {n_rows} rows.")


def _other_frame(X: Any) -> nw.DataFrame[Any] | None:
    """``X`` as narwhals sees it, if it is an eager frame of some library."""
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    return frame if isinstance(frame, nw.DataFrame) else None


def _check_names(found: tuple[Any, ...], trained: tuple[Any, ...]) -> None:
    missing = [name for name in trained if name not in found]
    extra = [name for name in found if name not in trained]
    parts = [f"missing {missing}"] * bool(missing) + [f"not known from fit {extra}"] * bool(extra)
    if parts:
        raise InvalidInput(f"The columns of 'X' differ from fit's: {'; '.join(parts)}.")
    if found != trained:
        raise InvalidInput(
            "The columns of 'X' are in another order than in fit. Pass X[list(columns of fit)]: "
            f"{list(trained)}."
        )


def _examples(values: Array) -> str:
    return ", ".join(map(repr, pd.unique(values)[:3].tolist()))


def _shown(labels: Sequence[Any]) -> str:
    return ", ".join(map(repr, labels[:8])) + (", …" if len(labels) > 8 else "")
