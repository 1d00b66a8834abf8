"""Propensities that are known by design: a number, or a column of the covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.graph.node import Data, data
from causal_dask.spec.learner import Learner
from causal_dask.study.propensity_models import FixedPropensities, KnownPropensity, PropensityColumn
from causal_dask.study.tables.plain_values import plain_column
from causal_dask.study.variants import labelled
from causal_dask.tasks.rows import Array


def known_propensities(given: Any, n_rows: int, labels: Sequence[Any]) -> Array | KnownPropensity:
    """What the ``propensities`` of ``fit`` mean: values of the training rows, or a model."""
    if isinstance(given, str):
        return PropensityColumn()
    values, n_variants = _plain(by_variant(given, labels)), len(labels)
    if values.ndim == 0 and n_variants == 2:
        values = np.array([1 - values, values])
    if values.shape == (n_rows,) and n_variants == 2:
        values = np.column_stack([1 - values, values])
    if values.shape not in {(n_variants,), (n_rows, n_variants)}:
        raise InvalidInput(
            f"'propensities' must be a number (two variants), {n_variants} numbers, an array of "
            f"shape ({n_rows}, {n_variants}), or the name of a column of 'X'. Got the shape "
            f"{values.shape}."
        )
    _check_probabilities(values)
    return FixedPropensities(tuple(values.tolist())) if values.ndim == 1 else values


def propensities_of_rows(
    given: Any, X: Any, learner: Learner, labels: Sequence[Any]
) -> dict[str, Data]:
    """Known propensities of new rows, (n_rows, n_variants), by the model that they replace."""
    if given is None:
        return {}
    if not learner.propensity:
        raise InvalidInput("The learner has no propensity model: leave 'propensities' out.")
    if isinstance(given, str):
        check_propensity_column(X, given, len(labels))
        known: Any = np.column_stack([1 - _plain(X[given]), _plain(X[given])])
    else:
        known = known_propensities(given, X.shape[0], labels)
    values = known.predict_proba(X) if isinstance(known, FixedPropensities) else np.asarray(known)
    kinds = {step.kind for step in learner.models if step.role == "propensity"}
    return {kind: data(values, "propensities") for kind in kinds | {learner.propensity}}


def are_known(model: Any) -> bool:
    """Whether a propensity model knows the probabilities; those of 0 and 1 can't be right."""
    scores = getattr(model, "propensity_score", None)
    return isinstance(model, KnownPropensity) and (scores is None or 0 < scores < 1)


def check_propensity_column(X: Any, name: str, n_variants: int) -> None:
    """Raise unless a column of ``X`` holds the probabilities of the treatment of two variants."""
    names = list(getattr(X, "columns", [])) if not hasattr(X, "column_names") else X.column_names
    if name not in names:
        raise InvalidInput(f"'propensities' names the column {name!r}, which 'X' does not have.")
    if n_variants != 2:
        raise InvalidInput(
            f"'propensities' may be a column for two variants only, and there are {n_variants}. "
            f"Pass an array with {n_variants} columns."
        )
    values = _plain(X[name])
    _check_probabilities(np.column_stack([1 - values, values]))


def by_variant(given: Any, labels: Sequence[Any]) -> Any:
    """Propensities in the order of the variants, if they have names; else as they are.

    Columns of a frame, keys of a dict and the index of a short Series are labels of variants, or
    their positions. Names that are neither are refused: a guess would exchange the variants.
    """
    if isinstance(given, pd.DataFrame) and not given.columns.is_unique:
        raise InvalidInput("'propensities' has columns of the same name.")
    frame = nw.from_native(given, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        names = _names(given)
        _check_is_named(given, names, labels)
        if len(names) == 1 and not _is_variant(names[0], labels):
            return frame[:, 0].to_native()  # a column with a name such as "propensity"
        columns = {name: frame[:, place].to_native() for place, name in enumerate(names)}
        return _in_order(columns, labels)
    if isinstance(given, Mapping):
        return _in_order(given, labels)
    if isinstance(given, pd.Series):
        if _are_variants(given.index, labels):
            return _in_order(dict(zip(given.index, given, strict=True)), labels)
        _check_is_of_treatment(given, labels)
    return given


def _names(frame: Any) -> list[Any]:
    """The names of a frame's columns; pandas may have any, and others have words."""
    return list(getattr(frame, "column_names", frame.columns))


def _check_is_named(frame: Any, names: list[Any], labels: Sequence[Any]) -> None:
    """Raise if a frame's only column has the name that a column without one gets."""
    unnamed = isinstance(getattr(frame, "columns", None), pd.RangeIndex) or names == ["column_0"]
    if len(names) == 1 and len(labels) == 2 and unnamed:
        raise InvalidInput(
            f"'propensities' has one column without a name of its own, {names[0]!r}, which could "
            f"be the control {labels[0]!r}. Name it after its variant, or pass the probabilities "
            f"of {labels[1]!r} as an array."
        )


def _is_variant(name: Any, labels: Sequence[Any]) -> bool:
    """Whether a name is that of a variant, or could be, misspelt."""
    known = {str(label).strip().casefold() for label in labels}
    return _positions([name], labels) is not None or str(name).strip().casefold() in known


def _check_is_of_treatment(column: Any, labels: Sequence[Any]) -> None:
    """Raise if a column, which holds the probabilities of the treatment, is called control."""
    if len(labels) == 2 and labelled(column.name, labels) == [0]:
        raise InvalidInput(
            f"'propensities' is a Series called {column.name!r}, as control is, but a single "
            f"column holds the probabilities of the treatment {labels[1]!r}. Pass a frame with "
            "this column, or one minus its values."
        )


def _in_order(named: Mapping[Any, Any], labels: Sequence[Any]) -> Any:
    """The columns, or numbers, of the variants, control first."""
    positions = _positions(list(named), labels)
    if len(named) == 1 and len(labels) == 2 and positions is not None:
        (share,) = named.values()
        share = plain_column(share) if np.iterable(share) else share
        return 1 - share if positions == [0] else share
    if positions is None or len(positions) != len(labels):
        raise InvalidInput(
            f"'propensities' has the names {list(named)}, but the variants are {list(labels)}. "
            "Name each column after a variant, or pass a NumPy array whose columns are in this "
            "order."
        )
    of_variants = dict(zip(positions, named.values(), strict=True))
    parts = [of_variants[position] for position in range(len(labels))]
    if not all(map(np.iterable, parts)):
        return parts
    return np.column_stack([plain_column(part) for part in parts])


def _positions(names: Sequence[Any], labels: Sequence[Any]) -> list[int] | None:
    """The variants that names stand for: all by their labels, or else all by their positions."""
    found = [labelled(name, labels) for name in names]
    if not any(found):
        counted = [{str(k), f"column_{k}"} for k in range(len(labels))]
        found = [[k for k, words in enumerate(counted) if str(name) in words] for name in names]
    variants = [each[0] for each in found if len(each) == 1]
    return variants if len(set(variants)) == len(names) else None


def _are_variants(index: pd.Index[Any], labels: Sequence[Any]) -> bool:
    """Whether an index names the variants, rather than rows."""
    return len(index) == len(labels) and _positions(list(index), labels) is not None


def _plain(given: Any) -> Array:
    """Propensities as an array of numbers; raises if they are none, or some are missing."""
    values = plain_column(given)
    if values.dtype.kind not in "biuf" or np.isnan(values.astype(np.float64)).any():
        raise InvalidInput("'propensities' must hold numbers, and none may be missing.")
    return values.astype(np.float64)


def _check_probabilities(values: Array) -> None:
    inside = (values > 0).all() and (values < 1).all()
    if not inside or not np.allclose(values.sum(axis=-1), 1, atol=1e-6):
        raise InvalidInput(
            "'propensities' must lie between 0 and 1 and sum to 1 over the variants. Got values "
            f"from {values.min():g} to {values.max():g}."
        )
