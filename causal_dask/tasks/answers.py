"""Predictions put into the shapes that users get: rows, contrasts or variants, outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from causal_dask.declared import task
from causal_dask.tasks.rows import Array


@task("stack_effects")
def stack_effects(effects: Sequence[Array], n_outputs: int) -> Array:
    """(n, K - 1, outputs); the effects on two classes' probabilities sum to zero."""
    return np.stack([_both(effect, -effect, n_outputs) for effect in effects], axis=1)


@task("stack_outcomes")
def stack_outcomes(outcomes: Sequence[Array], n_outputs: int) -> Array:
    """(n, K, outputs); the probabilities of two classes sum to one."""
    return np.stack([_both(outcome, 1 - outcome, n_outputs) for outcome in outcomes], axis=1)


@task("stack_scores")
def stack_scores(scores: Sequence[Array]) -> Array:
    """(n, K - 1)"""
    return np.column_stack(scores)


@task("stack_parts")
def stack_parts(parts: Sequence[Array]) -> Array:
    """(n, K - 1, 2): scores and their shares."""
    return np.stack(parts, axis=1)


def _both(value: Array, other_class: Array, n_outputs: int) -> Array:
    """All outputs, from the last one alone where that is what was modelled."""
    if value.ndim == 2:
        return value
    return np.column_stack([other_class, value]) if n_outputs == 2 else value[:, None]
