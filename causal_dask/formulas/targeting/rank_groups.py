"""Groups of rows by rank, in which tied rows share."""

from __future__ import annotations

import numpy as np

from causal_dask.formulas.outcomes import Array
from causal_dask.formulas.targeting.rankings import ranked


def membership(priorities: Array, bounds: Array, weights: Array | None = None) -> Array:
    """What part of each row is between two ranks, (n_rows, n_groups).

    ``bounds`` are shares of the rows from the lowest rank, 0, to the highest, 1. Rows of a tied run
    belong to the groups that the run reaches into, in proportion: who is in which would be chance.
    """
    rank = ranked(-priorities, weights)
    ends = np.cumsum(rank.weights) / rank.weights.sum()
    starts = np.concatenate([[0.0], ends[:-1]])
    runs = np.flatnonzero(np.diff(rank.ties, prepend=-1))
    last = np.append(runs[1:], len(ends)) - 1
    low, high = starts[runs][rank.ties], ends[last][rank.ties]
    overlap = np.minimum(high[:, None], bounds[1:]) - np.maximum(low[:, None], bounds[:-1])
    share = np.clip(overlap, 0, None) / np.maximum(high - low, np.finfo(float).tiny)[:, None]
    of_rows = np.empty_like(share)
    of_rows[rank.order] = share
    return of_rows


def outermost(priorities: Array, share: float, weights: Array | None = None) -> Array:
    """What part of each row is in the highest and in the lowest share of ranks, (n_rows, 2)."""
    return membership(priorities, np.array([0, share, 1 - share, 1]), weights)[:, [2, 0]]
