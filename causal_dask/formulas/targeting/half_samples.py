"""Errors of statistics that are no means, from random halves of the rows.

The distance of a half's statistic from that of all rows has the variance of the latter's error
(Præstgaard & Wellner 1993, Annals of Probability 21(4); Politis & Romano 1994, Annals of Statistics
22(4), for halves). Groups are kept together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from causal_dask.formulas.outcomes import Array


def half_sample_covariance(
    statistic: Callable[[Array], Array], n_rows: int, groups: Array | None, n_draws: int,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """The covariance of a statistic of 0/1 multipliers of the rows' weights."""
    whole = statistic(np.ones(n_rows))
    codes = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_groups = int(codes.max()) + 1
    moved = np.empty((n_draws, len(whole)))
    for draw in range(n_draws):
        moved[draw] = statistic(half_of(n_groups, rng)[codes]) - whole
    # of an odd number the halves are (n - 1) / 2: the factor is 1 for even numbers
    chosen = n_groups // 2
    return np.asarray(moved.T @ moved / n_draws * chosen / (n_groups - chosen))


def half_of(n: int, rng: np.random.Generator) -> Array:
    """1 for a random half, 0 for the others."""
    chosen = np.zeros(n)
    chosen[rng.permutation(n)[: n // 2]] = 1
    return chosen
