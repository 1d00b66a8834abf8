"""Parameters that users pass on to the fits of their base models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.study.base_models.arguments import Asked
from causal_dask.study.columns import check_indices
from causal_dask.study.study_data import StudyData
from causal_dask.study.tables.plain_values import plain_column


def fit_params_of(asked: Asked) -> dict[str, Mapping[str, Any]]:
    """The fit parameters of each model kind, from the flat or the nested form."""
    kinds = asked.learner.kinds
    given = {} if asked.fit_params is None else asked.fit_params
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidType(
            f"'fit_params' must be a dict of parameters by name. Got {type(given).__name__}."
        )
    if not set(given) & {"nuisance", "treatment"}:
        return _without_weights(dict.fromkeys(kinds, given), asked)
    stages = [given.get(stage) or {} for stage in ("nuisance", "treatment")]
    if not all(isinstance(stage, Mapping) for stage in stages):
        raise InvalidType(
            "The nested 'fit_params' must be {'nuisance': {kind: {…}}, 'treatment': {kind: {…}}}. "
            f"Got {given!r}."
        )
    nested = {kind: params for stage in stages for kind, params in stage.items()}
    unknown = [kind for kind in nested if kind not in kinds]
    if unknown or set(given) - {"nuisance", "treatment"}:
        raise InvalidInput(
            f"The nested 'fit_params' must be {{'nuisance': {{kind: …}}, 'treatment': …}} with the "
            f"kinds {list(kinds)}. Got {unknown or list(given)}."
        )
    return _without_weights(nested, asked)


def values_by_row(params: Mapping[str, Any], of: StudyData) -> dict[str, Any]:
    """Fit parameters, those with an entry for each row of the study as arrays or frames."""
    return {name: _by_row(name, value, of) for name, value in params.items()}


def _by_row(name: str, value: Any, of: StudyData) -> Any:
    """One fit parameter: an array if it has an entry per row, so that models get theirs of it.

    A list of another length is an option of the model, such as names of columns, and stays a list.
    """
    if isinstance(value, Mapping | str | bytes) or not np.iterable(value):
        return value
    shape = getattr(value, "shape", ())
    length = shape[0] if shape else _length(value)
    if length != of.table.n_rows:
        if name.rpartition("__")[2] == "sample_weight":
            raise InvalidInput(
                f"'{name}' in 'fit_params' has {length} entries, but there are "
                f"{of.table.n_rows} rows."
            )
        return value
    if isinstance(value, pd.DataFrame | pd.Series):
        check_indices({"X": of.table.content, **of.labelled, name: value})
    if isinstance(value, pd.DataFrame):
        return value
    frame = nw.from_native(value, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        return frame.to_numpy()
    is_column = not isinstance(value, list | tuple) or all(map(np.isscalar, value))
    return plain_column(value) if is_column else value


def _length(value: Any) -> int | None:
    return len(value) if hasattr(value, "__len__") else None


def carries_weights(params: Mapping[str, Any]) -> bool:
    """Whether fit parameters have row weights among them, for a pipeline's step too."""
    return any(name.rpartition("__")[2] == "sample_weight" for name in params)


def _without_weights(
    by_kind: dict[str, Mapping[str, Any]], asked: Asked
) -> dict[str, Mapping[str, Any]]:
    """The same parameters; raises if they would replace the weights of a weighted model."""
    for step in asked.learner.models:
        if step.weight and carries_weights(by_kind.get(step.kind, {})):
            raise InvalidInput(
                f"'sample_weight' cannot be passed by 'fit_params' to the {step.name} of "
                f"{asked.owner}, which has weights of its own. Pass sample_weight to fit."
            )
    return by_kind
