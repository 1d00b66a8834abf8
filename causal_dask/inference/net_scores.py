"""What treatments cost, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.scores import Scores
from causal_dask.inference.named_costs import costs_in_order
from causal_dask.tasks.rows import Array


def cost_of_rows(costs: Any, scores: Scores) -> Array:
    """The cost of each row and treatment, (n_rows, n_variants - 1)."""
    by_row = costs.values() if isinstance(costs, Mapping) else [costs]
    for given in by_row:
        if isinstance(costs, Mapping) or not isinstance(given, pd.Series):
            check_rows(scores.index, given, "costs")
    shape = np.asarray(scores.values).shape[1:]
    found = costs_in_order(0.0 if costs is None else costs, scores.variants)
    fits = found.ndim == 0 or found.shape in {(shape[1],), shape}
    if not fits or not np.isfinite(found).all():
        raise InvalidInput(
            f"'costs' must be a number, one for each of the {shape[1]} treatments, or one for each "
            f"row and treatment, {shape}; all finite. Got the shape {found.shape}."
        )
    return np.broadcast_to(found, shape)
