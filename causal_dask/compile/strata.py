"""Rows that are alike in what folds are balanced by."""

from __future__ import annotations

import numpy as np

from causal_dask.study.study import Study
from causal_dask.tasks.rows import Array


def strata_of(study: Study, *columns: Array) -> Array:
    """The number of each row's cell: of its fold in all splits, its class, and more columns."""
    folds = {split.folds.key: split.values for split in study.splits.values()}
    classes = [np.asarray(study.y.value)] if study.n_classes else []
    table = np.column_stack([*folds.values(), *classes, *columns])
    return np.asarray(np.unique(table, axis=0, return_inverse=True)[1]).reshape(-1)
