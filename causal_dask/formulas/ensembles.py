"""Weights of several CATEs, by losses that need no true effects.

The first weight is of a constant effect of 1, the others are of the CATEs in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import lsq_linear, minimize

from causal_dask.declared import task
from causal_dask.formulas.doubly_robust import aipw
from causal_dask.formulas.outcomes import Array, mean_outcome
from causal_dask.formulas.propensities import contrast_share
from causal_dask.formulas.residuals import contrast_outcome

HALF = 0.5
"""Of the loss, how much is that of the single CATEs (Lan & Syrgkanis 2023)."""


@task("ensemble_weights")
def ensemble_weights(
    method: str,
    y: Array,
    w: Array,
    variant: int,
    effects: Sequence[Array],
    outcome_control: Array,
    outcome_treated: Array,
    propensities: Array,
    clipping_threshold: float,
    sample_weight: Array | None = None,
) -> Array:
    """The weights of one contrast's CATEs, by the method of this name."""
    columns = np.column_stack([mean_outcome(effect) for effect in effects])
    s = np.ones(len(y)) if sample_weight is None else sample_weight
    if method == "r_stacking":
        rows = (w == 0) | (w == variant)
        share = contrast_share(propensities, variant, clipping_threshold)[rows]
        residual = y[rows] - contrast_outcome(outcome_control[rows], outcome_treated[rows], share)
        return r_stacking(residual, (w == variant)[rows] - share, columns[rows], s[rows])
    score = aipw(y, w, variant, outcome_control, outcome_treated, propensities, clipping_threshold)
    return np.concatenate([[0.0], SIMPLEX[method](score, columns, s)])


@task("mixed_effects")
def mix_effects(effects: Sequence[Array], weights: Array | None = None) -> Array:
    """The weighted sum of CATEs, and the constant; without weights, their mean."""
    columns = np.column_stack([mean_outcome(effect) for effect in effects])
    if weights is None:
        return np.asarray(columns.mean(axis=1))
    return np.asarray(weights[0] + columns @ weights[1:])


def q_aggregation(score: Array, effects: Array, weights: Array, nu: float = HALF) -> Array:
    """Lan & Syrgkanis (2023): shares of CATEs that minimise the DR-loss of their mixture.

    ``nu`` of the loss is that of the single CATEs, mixed, which holds the shares together where
    the CATEs are alike: (1 - nu) E(score - mixture)^2 + nu sum of share_c E(score - CATE_c)^2.
    """
    s = weights / weights.sum()
    alone = s @ (score[:, None] - effects) ** 2
    quadratic = (1 - nu) * (effects * s[:, None]).T @ effects
    linear = nu * alone - 2 * (1 - nu) * (effects * s[:, None]).T @ score
    return _on_simplex(quadratic, linear)


def causal_stacking(score: Array, effects: Array, weights: Array) -> Array:
    """Han & Wu (2022): shares of CATEs whose mixture is closest to the doubly robust scores."""
    return q_aggregation(score, effects, weights, nu=0.0)


def r_stacking(outcome: Array, treatment: Array, effects: Array, weights: Array) -> Array:
    """Nie & Wager (2021), section 4: min over b, c and a >= 0 of (Y~ - b - (c + a' tau) W~)^2.

    Returns c and a; b takes up a bias of the outcome model and is no effect.
    """
    root = np.sqrt(weights)
    columns = [np.ones_like(treatment), treatment, *(effects * treatment[:, None]).T]
    lower = np.concatenate([[-np.inf, -np.inf], np.zeros(effects.shape[1])])
    design = np.column_stack(columns) * root[:, None]
    found = lsq_linear(design, outcome * root, (lower, np.inf), method="bvls", tol=1e-12)
    return np.concatenate([found.x[1:2], np.maximum(found.x[2:], 0.0)])


SIMPLEX: dict[str, Callable[[Array, Array, Array], Array]] = {
    "q_aggregation": q_aggregation,
    "causal_stacking": causal_stacking,
}

METHODS = (*SIMPLEX, "r_stacking")


def _on_simplex(quadratic: Array, linear: Array) -> Array:
    """Shares that minimise x' Q x + l' x: by SciPy, then exactly among those above zero."""
    n = len(linear)
    scale = max(float(np.abs(quadratic).max()), float(np.ptp(linear)), np.finfo(float).tiny)
    q, shift = quadratic / scale, (linear - linear.mean()) / scale
    found = minimize(
        lambda x: x @ q @ x + shift @ x,
        np.full(n, 1 / n),
        jac=lambda x: 2 * q @ x + shift,
        method="SLSQP",
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1, "jac": lambda _: np.ones(n)},
        options={"ftol": 1e-14, "maxiter": 1_000},
    )
    shares = np.clip(found.x, 0, None)
    shares /= shares.sum()
    exact = _among(q, shift, shares > 1e-7)
    better = (
        exact.min() >= 0
        and exact @ q @ exact + shift @ exact <= shares @ q @ shares + shift @ shares
    )
    return exact if better else shares


def _among(quadratic: Array, linear: Array, used: Array) -> Array:
    """The shares at which the gradients of those used are equal."""
    k = int(used.sum())
    system = np.zeros((k + 1, k + 1))
    system[:k, :k] = 2 * quadratic[np.ix_(used, used)]
    system[:k, k] = system[k, :k] = 1.0
    solved = np.linalg.lstsq(system, np.concatenate([-linear[used], [1.0]]), rcond=None)[0]
    shares = np.zeros(len(linear))
    shares[used] = solved[:k]
    return shares
