"""Parameters that users pass on to the fits of their base models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.study.base_models.arguments import Asked


def fit_params_of(asked: Asked) -> dict[str, Mapping[str, Any]]:
    """The fit parameters of each model kind, from the flat or the nested form."""
    kinds = [step.name for step in asked.learner.models]
    given = asked.fit_params or {}
    if not set(given) & {"nuisance", "treatment"}:
        return _without_weights(dict.fromkeys(kinds, given), asked)
    nested = {**given.get("nuisance", {}), **given.get("treatment", {})}
    unknown = [kind for kind in nested if kind not in kinds]
    if unknown or set(given) - {"nuisance", "treatment"}:
        raise InvalidInput(
            f"The nested 'fit_params' must be {{'nuisance': {{kind: …}}, 'treatment': …}} with the "
            f"kinds {kinds}. Got {unknown or list(given)}."
        )
    return _without_weights(nested, asked)


def per_row(value: Any) -> Any:
    """A fit parameter, as an array if it is a column, so that models can get their rows of it."""
    series = nw.from_native(value, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return series.to_numpy()
    is_column = isinstance(value, list) and all(map(np.isscalar, value))
    return np.asarray(value) if is_column else value


def carries_weights(params: Mapping[str, Any]) -> bool:
    """Whether fit parameters have row weights among them, for a pipeline's step too."""
    return any(name.rpartition("__")[2] == "sample_weight" for name in params)


def _without_weights(
    by_kind: dict[str, Mapping[str, Any]], asked: Asked
) -> dict[str, Mapping[str, Any]]:
    """The same parameters; raises if they would replace the weights of a weighted model."""
    for step in asked.learner.models:
        if step.weight and carries_weights(by_kind.get(step.name, {})):
            raise InvalidInput(
                f"'sample_weight' cannot be passed by 'fit_params' to the {step.name} of "
                f"{asked.owner}, which has weights of its own. Pass sample_weight to fit."
            )
    return by_kind
