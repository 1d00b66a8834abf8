"""Least squares of scores on covariates, with the covariance of a jackknife over groups."""

from __future__ import annotations

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.formulas.outcomes import Array


def projected(
    scores: Array, design: Array, weights: Array | None = None, groups: Array | None = None
) -> tuple[Array, Array]:
    """The coefficients of each contrast, one contrast after the other, and their covariance.

    The covariance is the jackknife's (CR3 of Bell & McCaffrey 2002; HC3 of MacKinnon & White 1985
    where each row is a group): what leaving out a group moves, (G - 1) / G times its outer product.
    """
    s = np.ones(len(scores)) if weights is None else weights
    if not s.all():  # rows and groups without weight do not count
        groups = None if groups is None else groups[s > 0]
        scores, design, s = scores[s > 0], design[s > 0], s[s > 0]
    gram = design.T @ (s[:, None] * design)
    inverse = np.linalg.inv(gram)
    coefficients = inverse @ (design.T @ (s[:, None] * scores))
    residuals = scores - design @ coefficients
    if groups is None:
        leverage = s * np.einsum("ij,jk,ik->i", design, inverse, design)
        _check_carried(bool((leverage > 1 - 1e-9).any()), "row")
        pulls = (s / (1 - leverage))[:, None] * design @ inverse
        moved = np.einsum("ij,ik->ikj", pulls, residuals).reshape(len(scores), -1)
        return coefficients.T.ravel(), moved.T @ moved
    distinct, codes = np.unique(groups, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(distinct)))
    each = [_moved_by(rows, design, residuals, s, gram) for rows in np.split(order, starts[1:])]
    moved = np.stack(each)
    return coefficients.T.ravel(), (len(each) - 1) / len(each) * moved.T @ moved


def _moved_by(rows: Array, design: Array, residuals: Array, s: Array, gram: Array) -> Array:
    """How far leaving out some rows moves the coefficients."""
    left_out = design[rows]
    weighted = s[rows, None] * left_out
    rest = gram - left_out.T @ weighted
    scale = 1 / np.sqrt(np.diag(gram))
    _check_carried(np.linalg.matrix_rank(scale[:, None] * rest * scale, 1e-9) < len(rest), "group")
    return np.asarray(np.linalg.solve(rest, weighted.T @ residuals[rows]).T.ravel())


def _check_carried(is_carried: bool, by: str) -> None:
    """Raise where a coefficient cannot be told without one row or group: it has no error."""
    if is_carried:
        raise InvalidInput(
            f"A column of 'covariates' varies within one {by} only, such as a rare category, so "
            "its coefficient has no standard error. Leave it out, or join categories."
        )
