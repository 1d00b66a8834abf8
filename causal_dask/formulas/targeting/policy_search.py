"""The best decision tree of treatments, found exactly up to depth 2.

The tree that maximises the sum of the rewards of what it gives (Athey & Wager 2021, Econometrica
89(1); Zhou, Athey & Wager 2023, Operations Research 71(1)). A tree of depth 1 is found by sums of
rows in the order of each column. For depth 2 both sides of every root need their best tree of depth
1. A segment tree over the order of a second column has the largest sum of a first part of the rows;
here it is kept for all roots at once: a node's state changes only at its own rows, so that merging
two nodes is one pass over their rows, and a whole level one pass over all rows.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from causal_dask.declared import task
from causal_dask.formulas.outcomes import Array

NOT_AN_OPTION = -np.inf


class Split(NamedTuple):
    """The best split found: rows with ``x[column] <= value`` go left. Column -1: no split."""

    gain: float
    column: int
    value: float
    left: int
    right: int


def best_split(X: Array, rewards: Array) -> Split:
    """The best tree of depth 1: a column, a value, and what each side gets."""
    total = rewards.sum(axis=0)
    best = Split(float(total.max()), -1, 0.0, int(total.argmax()), int(total.argmax()))
    for column in range(X.shape[1]):
        order = np.argsort(X[:, column], kind="stable")
        x, sums = X[order, column], np.cumsum(rewards[order], axis=0)
        ends = np.flatnonzero(x[1:] > x[:-1])
        if not len(ends):
            continue
        left = sums[ends]
        gain = left.max(axis=1) + (total - left).max(axis=1)
        at = int(gain.argmax())
        if gain[at] > best.gain + 1e-12 * abs(best.gain):
            value = between(x[ends[at]], x[ends[at] + 1])
            right = int((total - left[at]).argmax())
            best = Split(float(gain[at]), column, value, int(left[at].argmax()), right)
    return best


@task("roots_of_depth_two")
def roots_of_depth_two(X: Array, rewards: Array, column: int) -> Array:
    """For each split of one column, the reward of the best trees of depth 1 on both sides.

    Rows are in the order of the column: entry i is the split after row i, and minus infinity where
    the next row has the same value.
    """
    order = np.argsort(X[:, column], kind="stable")
    x, ordered = X[order, column], rewards[order]
    pairs = list(combinations(range(rewards.shape[1]), 2))
    more = np.stack([ordered[:, a] - ordered[:, b] for a, b in pairs])
    sums = np.cumsum(ordered, axis=0)
    sides = [sums, sums[-1] - sums]
    best = [side.max(axis=1) for side in sides]  # neither side is split further
    for other in range(X.shape[1]):
        leaves = np.unique(X[order, other], return_inverse=True)[1]
        for side, (most, least) in enumerate(_extremes(leaves, more)):
            for place, (a, b) in enumerate(pairs):
                first_a = sides[side][:, b] + np.maximum(most[place], 0)
                first_b = sides[side][:, a] - np.minimum(least[place], 0)
                np.maximum(best[side], np.maximum(first_a, first_b), out=best[side])
    found = best[0] + best[1]
    found[:-1][x[1:] == x[:-1]] = NOT_AN_OPTION
    found[-1] = NOT_AN_OPTION
    return np.asarray(found)


def _extremes(leaves: Array, values: Array) -> list[tuple[Array, Array]]:
    """The largest and the smallest sum of a first part of the leaves, as rows come one by one.

    ``leaves`` numbers the leaf of each row, from 0; ``values`` has a line for each kind. Entry i of
    the first result is of rows up to i, that of the second of the later ones.
    """
    n_levels = int(leaves.max()).bit_length()
    keys = leaves.astype(np.uint32)
    level = _level_of(keys, 1 << n_levels)
    sums = _sums_of_leaves(values, level)
    totals = sums[:, np.append(level.first[1:], sums.shape[1]) - 1]
    rest = np.take(totals, level.of_entry, axis=1) - sums
    lanes = [sums.copy(), sums.copy(), rest, rest.copy()]
    for height in range(1, n_levels + 1):
        children, level = level, _level_of(keys >> height, 1 << (n_levels - height))
        left, right = _entries_of_children(children, level, (keys >> (height - 1)) & 1)
        so_far = np.take(sums, left, axis=1)
        to_come = np.take(totals, 2 * level.of_entry, axis=1) - so_far
        before = (so_far, so_far, to_come, to_come)
        for lane, choose in enumerate((np.maximum, np.minimum, np.maximum, np.minimum)):
            past_left = np.take(lanes[lane], right, axis=1)
            past_left += before[lane]
            within_left = np.take(lanes[lane], left, axis=1)
            lanes[lane] = choose(within_left, past_left, out=within_left)
        so_far += np.take(sums, right, axis=1)
        sums, totals = so_far, totals[:, ::2] + totals[:, 1::2]
    most, least, most_after, least_after = (lane[:, 1:] for lane in lanes)
    return [(most, least), (most_after, least_after)]


class Level(NamedTuple):
    """The nodes of a level, each with an entry for none of its rows, and for each as it comes.

    ``order`` has the rows node by node, and ``node`` the node of each; ``places`` the entries of
    rows, ``first`` those of nodes, and ``of_entry`` the node of each entry.
    """

    order: Array
    node: Array
    places: Array
    first: Array
    of_entry: Array


def _level_of(keys: Array, n_nodes: int) -> Level:
    short = keys.astype(np.uint16) if n_nodes <= 1 << 16 else keys  # which NumPy sorts by radix
    order = np.argsort(short, kind="stable")
    sizes = np.bincount(keys, minlength=n_nodes)
    node = np.repeat(np.arange(n_nodes), sizes)
    first = np.concatenate([[0], np.cumsum(sizes + 1)[:-1]])
    of_entry = np.repeat(np.arange(n_nodes), sizes + 1)
    return Level(order, node, np.arange(len(keys)) + node + 1, first, of_entry)


def _sums_of_leaves(values: Array, level: Level) -> Array:
    """The sums of each leaf's rows as they come, by entry."""
    running = np.cumsum(np.take(values, level.order, axis=1), axis=1)
    ends = np.concatenate([np.zeros((len(values), 1)), running], axis=1)
    n_before = level.first - np.arange(len(level.first))
    sums = np.zeros((len(values), len(level.of_entry)))
    sums[:, level.places] = running - ends[:, n_before][:, level.node]
    return sums


def _entries_of_children(children: Level, level: Level, is_right: Array) -> tuple[Array, Array]:
    """For each entry of a level, those of its node's children after the same rows."""
    went_right = np.zeros(len(level.of_entry), dtype=np.int64)
    went_right[level.places] = is_right[level.order]
    counted = np.cumsum(went_right)  # entries of no row count none
    n_right = counted - counted[level.first][level.of_entry]
    within = np.arange(len(level.of_entry)) - level.first[level.of_entry]
    left = children.first[2 * level.of_entry] + within - n_right
    return left, children.first[2 * level.of_entry + 1] + n_right


def between(low: float, high: float) -> float:
    """A value at least as large as one and smaller than the other."""
    middle = (low + high) / 2
    return float(middle if low <= middle < high else low)
