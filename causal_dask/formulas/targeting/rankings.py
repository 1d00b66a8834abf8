"""Rank-weighted average treatment effects, and curves of what the highest-ranked rows gain.

Yadlowsky, Fleming, Shah, Brunskill & Wager (2025), "Evaluating treatment prioritization rules via
rank-weighted average treatment effects", Journal of the American Statistical Association 120(549).
The targeting operator characteristic, TOC(q), is the mean score of the highest-ranked share q less
that of all; AUTOC is its mean over q, QINI that of q TOC(q). Tied rows share their mean score.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from causal_dask.formulas.outcomes import Array

Target = Literal["AUTOC", "QINI"]


class Ranked(NamedTuple):
    """Rows from the highest rank to the lowest: their order, tied runs, and weights."""

    order: Array
    ties: Array
    weights: Array


def ranked(priorities: Array, weights: Array | None = None) -> Ranked:
    """The order of rows by falling priority, with the number of each one's tied run."""
    order = np.argsort(-priorities, kind="stable")
    in_order = priorities[order]
    ties = np.concatenate([[0], np.cumsum(in_order[1:] != in_order[:-1])])
    return Ranked(order, ties, np.ones(len(order)) if weights is None else weights[order])


def rank_weighted(
    scores: Array, priorities: Array, target: Target, weights: Array | None = None
) -> tuple[float, Array]:
    """The rank-weighted average effect, and what each row contributes to its error.

    The contributions are those of the infinitesimal jackknife: the derivative with respect to the
    log of a row's weight, which moves the ranks of all rows below it. They sum to 0.
    """
    rank = ranked(priorities, weights)
    own = scores[rank.order]
    estimate, slope = (_autoc if target == "AUTOC" else _qini)(own, rank)
    contributions = np.empty(len(own))
    contributions[rank.order] = rank.weights * slope
    return estimate, contributions


def _autoc(own: Array, rank: Ranked) -> tuple[float, Array]:
    """The AUTOC, and its derivative by the weight of each row."""
    w, total = rank.weights, rank.weights.sum()
    mean = w @ own / total
    gain, reached = np.cumsum(w * mean_in_runs(own, rank)), np.cumsum(w)
    of_rank = gain / reached
    per_score = mean_in_runs(_from_here_on(w / reached), rank)
    lost = _from_here_on(w * gain / reached**2)
    value = w @ of_rank / total
    up = mean_in_runs(of_rank - lost, rank) + own * per_score
    return float(value - mean), (up - value - own + mean) / total


def _qini(own: Array, rank: Ranked) -> tuple[float, Array]:
    """The Qini coefficient, and its derivative by the weight of each row."""
    w, total = rank.weights, rank.weights.sum()
    mean = w @ own / total
    gain, reached = np.cumsum(w * mean_in_runs(own, rank)), np.cumsum(w)
    rest = _from_here_on(w)
    value, area = w @ gain / total**2, w @ reached / total**2
    up = mean_in_runs(gain, rank) + own * mean_in_runs(rest, rank)
    d_value = up / total**2 - 2 * value / total
    d_area = mean_in_runs(reached + rest, rank) / total**2 - 2 * area / total
    return float(value - mean * area), d_value - mean * d_area - area * (own - mean) / total


def targeting_gains(scores: Array, rank: Ranked, fractions: Array) -> Array:
    """The mean over all rows of the scores of the highest-ranked, by the share that is treated.

    A row in which a share ends counts in part.
    """
    shared = mean_in_runs(scores[rank.order], rank)
    gain = np.concatenate([[0.0], np.cumsum(rank.weights * shared)])
    reached = np.concatenate([[0.0], np.cumsum(rank.weights)])
    return np.asarray(np.interp(fractions, reached / reached[-1], gain / reached[-1]))


def mean_in_runs(values: Array, rank: Ranked) -> Array:
    """Values in the order of ranks, with the weighted mean of a tied run in each of its rows."""
    if rank.ties[-1] == len(values) - 1:
        return values
    sums = np.bincount(rank.ties, rank.weights * values)
    weight = np.bincount(rank.ties, rank.weights)
    means = np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
    return np.asarray(means[rank.ties])


def _from_here_on(values: Array) -> Array:
    """The sums of each value and all later ones."""
    return np.cumsum(values[::-1])[::-1]
