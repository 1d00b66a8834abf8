"""Groups of rows by rank, in which tied rows share."""

from __future__ import annotations

import numpy as np

from causal_dask.formulas.outcomes import Array
from causal_dask.formulas.targeting.rankings import mean_in_runs, ranked

NEAR, FEWEST_NEAR = 0.1, 10
"""Rows are near a bound within this share of ranks, or this many on each side."""


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


def group_means(
    values: Array, priorities: Array, bounds: Array, weights: Array | None = None
) -> tuple[Array, Array]:
    """Means of columns in groups by rank, (groups, columns), and what rows contribute to errors.

    The contributions, (n_rows, groups, columns), count that the bounds are quantiles of these rows:
    a row that is added moves a bound, past rows whose values are about the mean of those near it.
    A row counts as if its group were without it, as in HC3.
    """
    w = np.ones(len(values)) if weights is None else weights
    w = w / w.sum()
    shares, widths = membership(priorities, bounds, weights), np.diff(bounds)
    means = (w[:, None] * shares).T @ values / widths[:, None]
    below = np.cumsum(shares, axis=1)[:, :-1] - bounds[1:-1]  # of the inner bounds, centred
    near = near_bounds(priorities, bounds[1:-1], weights)
    at_bounds = near.T @ values  # (inner bounds, columns)
    moved = below[:, :, None] * at_bounds
    none = np.zeros((len(values), 1, values.shape[1]))
    upper, lower = np.concatenate([moved, none], axis=1), np.concatenate([none, moved], axis=1)
    inside = shares[:, :, None] * (values[:, None, :] - means)
    # the means are taken from the rows inside and given back by the share of all rows
    centred = (shares - widths)[:, :, None] * means
    leverage = w[:, None] * shares / widths
    raised = inside / np.maximum(1 - leverage, 1e-9)[:, :, None]
    return means, w[:, None, None] * (raised + centred - upper + lower) / widths[:, None]


def near_bounds(priorities: Array, inner: Array, weights: Array | None) -> Array:
    """Weights of the rows near each inner bound, (n_rows, inner bounds), which sum to 1."""
    rank = ranked(-priorities, weights)
    ends = np.cumsum(rank.weights) / rank.weights.sum()
    middle = np.empty(len(ends))
    middle[rank.order] = mean_in_runs(ends - rank.weights / rank.weights.sum() / 2, rank)
    width = max(NEAR, FEWEST_NEAR / len(ends))
    distance = np.abs(middle[:, None] - inner)
    reach = np.maximum(width, distance.min(axis=0))  # a long tied run may leave none so near
    own = (distance <= reach) * (1.0 if weights is None else weights[:, None])
    return np.asarray(own / own.sum(axis=0))
