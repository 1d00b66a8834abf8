"""Whom to treat with what when money is short: the path of the best spending.

Sverdrup, Wu, Athey & Wager (2025), "Qini curves for multi-armed treatment rules", Journal of
Computational and Graphical Statistics 34(3): a fractional knapsack with one choice per row, which
the upper hulls of the rows' costs and effects solve exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from causal_dask.formulas.outcomes import Array


class Path(NamedTuple):
    """Steps in the order in which money is spent: a row leaves one treatment for a dearer one.

    Treatments are numbered from 1, and 0 is control. ``cost`` is what a step adds. ``ends`` says
    which steps end a run of equally good ones.
    """

    rows: Array
    before: Array
    after: Array
    cost: Array
    ends: Array


def best_path(effects: Array, costs: Array) -> Path:
    """The steps of the best spending, by effects and costs of each row and treatment."""
    n = len(effects)
    r = np.column_stack([np.zeros(n), effects])
    c = np.column_stack([np.zeros(n), costs])
    free = np.where(c == 0, r, -np.inf)
    at, every = free.argmax(axis=1), np.arange(n)  # what is free and best needs no budget
    steps = [
        (every[at > 0], np.zeros_like(at[at > 0]), at[at > 0], np.full((at > 0).sum(), np.inf))
    ]
    moving = every
    for _ in range(effects.shape[1]):
        gain = r[moving] - r[moving, at[moving]][:, None]
        more = c[moving] - c[moving, at[moving]][:, None]
        better = (gain > 0) & (more > 0)
        ratio = np.divide(gain, more, out=np.full_like(gain, -np.inf), where=better)
        to = ratio.argmax(axis=1)
        best = ratio[np.arange(len(moving)), to]
        goes = best > -np.inf
        moving, to, best = moving[goes], to[goes], best[goes]
        steps.append((moving, at[moving], to, best))
        at[moving] = to
    rows, before, after, ratios = (np.concatenate(each) for each in zip(*steps, strict=True))
    order = np.argsort(-ratios, kind="stable")
    rows, before, after, ratios = rows[order], before[order], after[order], ratios[order]
    ends = np.append(ratios[1:] != ratios[:-1], True)[: len(ratios)]
    return Path(rows, before, after, c[rows, after] - c[rows, before], ends)


def gains_by_budget(
    path: Path, scores: Array, budgets: Array, weights: Array
) -> tuple[Array, Array]:
    """The mean score over all rows, and the share treated, for each budget per row.

    A budget that ends within a run of equally good steps pays for part of each.
    """
    total = weights.sum()
    s = np.column_stack([np.zeros(len(scores)), scores])
    w = weights[path.rows] / total
    spent = np.cumsum(w * path.cost)
    gained = np.cumsum(w * (s[path.rows, path.after] - s[path.rows, path.before]))
    treated = np.cumsum(w * (path.before == 0))
    free = int((path.cost == 0).sum())
    at_start = (gained[free - 1], treated[free - 1]) if free else (0.0, 0.0)
    keep = path.ends.copy()
    keep[:free] = False
    spent = np.concatenate([[0.0], spent[keep]])
    gain, share = (
        np.interp(budgets, spent, np.concatenate([[first], column[keep]]))
        for first, column in zip(at_start, (gained, treated), strict=True)
    )
    return gain, share
