"""What treatments cost, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.fitted.columns_beside import check_rows
from causal_dask.fitted.scores import Scores
from causal_dask.tasks.rows import Array


def cost_of_rows(costs: Any, scores: Scores) -> Array:
    """The cost of each row and treatment, (n_rows, n_variants - 1)."""
    check_rows(scores.index, costs, "costs")
    shape = np.asarray(scores.values).shape[1:]
    found = np.asarray(0.0 if costs is None else costs, dtype=np.float64)
    fits = found.ndim == 0 or found.shape in {(shape[1],), shape}
    if not fits or not np.isfinite(found).all():
        raise InvalidInput(
            f"'costs' must be a number, one for each of the {shape[1]} treatments, or one for each "
            f"row and treatment, {shape}; all finite. Got the shape {found.shape}."
        )
    return np.broadcast_to(found, shape)
