"""Factors of the rows of a fold, and what targets have in common with them.

The sums of squares of centred columns are kept as the triangular factor R of a QR decomposition,
which has half as many wrong digits as the sums themselves. Factors and sums of several folds are
merged into those of all their rows (Chan, Golub & LeVeque 1983, "Algorithms for computing the
sample variance", The American Statistician 37(3), for what the shift of the means adds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from causal_dask.declared import task
from causal_dask.tasks.prepared.seen import numbers_of, seen_by
from causal_dask.tasks.rows import Array, Design, Selection, in_variants


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """Some rows: their number, weight and means, and R of their weighted, centred columns."""

    n_rows: int
    weight: float
    means: Array
    R: Array


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """A target in some rows: its mean, and its centred products with the columns and itself."""

    mean: float
    products: Array
    square: float


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows of one fold that a fit sees: which they are, their columns and weights."""

    inside: Array
    rows: Array
    numbers: Array
    weights: Array | None

    @property
    def total(self) -> float:
        """The weight of all the rows."""
        return float(len(self.rows) if self.weights is None else self.weights.sum())

    def mean(self, values: Array) -> Array:
        """The weighted mean of values of these rows."""
        return np.asarray(np.average(values, axis=0, weights=self.weights))


@task("factor")
def factor(
    selection: Selection, fold: int, X: Any, design: Design, **beside: Array
) -> Factor | None:
    """The factor of a fold's rows; None if columns hold no finite numbers.

    ``beside`` has ``w``, ``folds``, and weights: ``sample_weight`` of all rows, and ``weight``, the
    model's own, of all rows or of those of the fold.
    """
    taken = _taken(selection, fold, X, design, beside)
    if taken is None or not np.isfinite(taken.numbers).all():
        return None
    if not taken.total > 0:
        n_columns = taken.numbers.shape[1]
        return Factor(0, 0.0, np.zeros(n_columns), np.zeros((0, n_columns)))
    means = taken.mean(taken.numbers)
    centred = np.subtract(taken.numbers, means, out=taken.numbers)  # a copy of these rows' own
    if taken.weights is not None:
        centred *= np.sqrt(taken.weights)[:, None]
    return Factor(len(taken.rows), taken.total, means, triangle(centred))


@task("moments")
def moments(
    selection: Selection, fold: int, X: Any, design: Design, target: Array, **beside: Array
) -> Moments | None:
    """The moments of a target in a fold's rows; None if columns hold no plain numbers."""
    taken = _taken(selection, fold, X, design, beside)
    if taken is None:
        return None
    if not taken.total > 0:
        return Moments(0.0, np.zeros(taken.numbers.shape[1]), 0.0)
    values = np.asarray(_of_rows(taken, target), dtype=np.float64).reshape(len(taken.rows))
    mean = float(taken.mean(values))
    centred = values - mean
    scaled = centred if taken.weights is None else centred * taken.weights
    # what is multiplied by the columns sums to zero, but only centred columns keep the digits
    columns = np.subtract(taken.numbers, taken.numbers.mean(axis=0), out=taken.numbers)
    return Moments(mean, scaled @ columns, float(scaled @ centred))


def _taken(
    selection: Selection, fold: int, X: Any, design: Design, beside: Mapping[str, Array]
) -> Taken | None:
    """The rows of a fold that a selection has; None if some columns hold no plain numbers."""
    in_fold, w = beside["folds"] == fold, beside.get("w")
    chosen = (
        in_fold if selection.rows == "all" or w is None else in_fold & in_variants(selection, w)
    )
    rows = np.flatnonzero(chosen)
    numbers = numbers_of(seen_by(X, design, rows, w).block(0, len(rows)))
    if numbers is None:
        return None
    # they are centred in place; a frame's may be read-only
    numbers = np.require(numbers, requirements="W")
    taken = Taken(np.flatnonzero(in_fold), rows, numbers, None)
    both = [_of_rows(taken, beside[n]) for n in ("weight", "sample_weight") if n in beside]
    return replace(taken, weights=np.prod(both, axis=0)) if both else taken


def _of_rows(taken: Taken, values: Array) -> Array:
    """The values of the rows taken, from those of all rows or of the rows of their fold."""
    if len(values) != len(taken.inside):
        return values[taken.rows]
    return values[np.searchsorted(taken.inside, taken.rows)]


def merged(parts: Sequence[tuple[Factor, Moments]]) -> tuple[Factor, Moments]:
    """The factor and the moments of the rows of all parts."""
    weights = [of_rows.weight for of_rows, _ in parts]
    means = np.average([of_rows.means for of_rows, _ in parts], axis=0, weights=weights)
    mean = float(np.average([of_target.mean for _, of_target in parts], weights=weights))
    products, square, stacked = np.zeros(len(means)), 0.0, []
    for of_rows, of_target in parts:
        shift, rise = of_rows.means - means, of_target.mean - mean
        products += of_target.products + of_rows.weight * shift * rise
        square += of_target.square + of_rows.weight * rise**2
        stacked += [of_rows.R, np.sqrt(of_rows.weight) * shift[None, :]]
    n_rows, R = sum(of_rows.n_rows for of_rows, _ in parts), triangle(np.concatenate(stacked))
    return Factor(n_rows, sum(weights), means, R), Moments(mean, products, square)


def triangle(rows: Array) -> Array:
    """R of the QR decomposition of some rows."""
    return np.asarray(np.linalg.qr(rows, mode="r"))
