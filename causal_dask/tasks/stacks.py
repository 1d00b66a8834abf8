"""Mixtures of several models' predictions, by weights that out-of-fold predictions give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from causal_dask.declared import task
from causal_dask.tasks.rows import Array, Selection, select_rows


@task("stack_weights")
def stack_weights(
    selection: Selection,
    predictions: Sequence[Array],
    target: Array,
    w: Array,
    sample_weight: Array | None = None,
) -> Array:
    """The weight of each model: non-negative least squares of the target on their predictions.

    Of probabilities, all columns are fitted to the classes at once, and the weights are divided by
    their sum, so that mixed probabilities sum to 1. Ahrens et al. (2024), section 2.3.
    """
    rows = select_rows(selection, len(target), w, None)
    columns = [np.asarray(each)[rows].reshape(len(rows), -1) for each in predictions]
    n_classes = columns[0].shape[1]
    observed = target[rows, None] if n_classes == 1 else np.eye(n_classes)[target[rows].astype(int)]
    scale = np.ones((len(rows), 1)) if sample_weight is None else np.sqrt(sample_weight[rows, None])
    design = np.column_stack([(scale * each).ravel() for each in columns])
    weights = np.asarray(nnls(design, (scale * observed).ravel())[0])
    return weights / weights.sum() if n_classes > 1 and weights.any() else weights


@task("mixed")
def mix(predictions: Sequence[Array], weights: Array | None = None) -> Array:
    """The weighted sum of some models' predictions; without weights, their mean."""
    shares = np.full(len(predictions), 1 / len(predictions)) if weights is None else weights
    return np.asarray(sum(share * each for share, each in zip(shares, predictions, strict=True)))
