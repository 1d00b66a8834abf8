"""Judged effects of known kinds, for the tests of this folder."""

import numpy as np

from causal_dask import JudgedEffects, Scores


def judged_of(n_variants=2, n_folds=3, *, weighted=False, grouped=False, seed=0):
    """Effects that scores are drawn around, in folds of which the first is not judged."""
    rng, n_rows = np.random.default_rng(seed), 600
    effects = rng.normal(size=(n_rows, n_variants - 1))
    values = 0.5 * effects + rng.normal(size=effects.shape)
    weights = rng.uniform(0.5, 2, n_rows) if weighted else None
    groups = rng.integers(0, n_rows // 5, n_rows) if grouped else None
    folds = np.arange(n_rows) % (n_folds + 1)
    scores = Scores(values[None], tuple(range(n_variants)), weights, groups)
    return JudgedEffects(np.where(folds[:, None] == 0, np.nan, effects), scores, folds)
