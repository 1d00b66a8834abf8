"""Random halves of the rows, drawn on workers, and what their effects say about errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from causal_dask.declared import task
from causal_dask.tasks.rows import Array


@task("half_of_rows")
def half_of_rows(strata: Array, seed: int, groups: Array | None = None) -> Array:
    """Whether each row is in a random half: of each stratum, or of the groups."""
    rng = np.random.default_rng(seed)
    if groups is not None:
        n_groups = int(groups.max()) + 1
        chosen = np.zeros(n_groups, dtype=bool)
        chosen[rng.permutation(n_groups)[: -(-n_groups // 2)]] = True
        return np.asarray(chosen[groups])
    order = np.lexsort((rng.random(len(strata)), strata))
    sizes = np.bincount(strata)
    place = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = np.zeros(len(strata), dtype=bool)
    # of an odd number one more or one less, by chance: else a row alone in its stratum would be
    # in all halves or in none
    chosen[order] = place < np.repeat((sizes + rng.integers(0, 2, len(sizes))) // 2, sizes)
    return chosen


@task("folds_of_half")
def folds_of_half(folds: Array, chosen: Array, dropped: int) -> Array:
    """The folds of the rows that were chosen, and the number ``dropped`` for the others."""
    return np.where(chosen, folds, dropped).astype(np.int32)


@task("half_sample_errors")
def half_sample_errors(effects: Array, halves: Sequence[Array]) -> tuple[Array, Array]:
    """Standard errors of effects, (n, K - 1, outputs), and for each half the largest deviation.

    The deviations, (halves, K - 1, outputs), are in standard errors, over all rows.
    """
    squares = np.zeros_like(effects)
    for half in halves:
        squares += (half - effects) ** 2
    errors = np.sqrt(squares / len(halves))
    largest = [
        np.divide(np.abs(half - effects), errors, out=np.zeros_like(errors), where=errors > 0)
        for half in halves
    ]
    return errors, np.stack([each.max(axis=0) for each in largest])
