"""Which fold holds a row out. Knows nothing of models."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from causal_dask.tasks.rows import Array


def assign_folds(strata: Array, n_folds: int, seed: int) -> Array:
    """The fold of each row, ``n_folds`` of them with about the same share of every stratum."""
    distinct = np.unique(strata)
    splitter = KFold if len(distinct) == 1 else StratifiedKFold
    folds = np.zeros(len(strata), dtype=np.int32)
    if n_folds > 1:
        splits = splitter(n_folds, shuffle=True, random_state=seed).split(strata, strata)
        for fold, (_, held) in enumerate(splits):
            folds[held] = fold
    return folds


def held_out(folds: Array, fold: int) -> Array:
    """The numbers of the rows that ``fold`` holds out."""
    return np.flatnonzero(folds == fold)
