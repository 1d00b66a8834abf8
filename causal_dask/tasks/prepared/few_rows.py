"""Sums over rows of columns and target, and a few rows that have the same sums.

Knows nothing of models. Means and centred products of several parts are merged into those of all
their rows, as those of factors are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Some rows: their weight, and the means and the centred products of their columns."""

    weight: float
    means: Array
    products: Array

    def about(self, centre: Array) -> Array:
        """The products of the columns less ``centre``."""
        shift = self.means - centre
        return np.asarray(self.products + self.weight * np.outer(shift, shift))

    def few_rows(self, lengths: Array) -> Array:
        """Rows of equal weight, two for each column, whose means and products are these.

        ``lengths`` are those of the columns in all parts, which say how many digits matter here.
        """
        roots, axes = np.linalg.eigh(self.products / np.outer(lengths, lengths))
        spread = (axes * np.sqrt(roots.clip(0))).T * lengths
        spread *= np.sqrt(len(lengths) / self.weight)
        return np.concatenate([self.means + spread, self.means - spread])


def sums_of(columns: Array, weights: Array) -> Sums:
    """The sums of some rows, whose weights are not all zero."""
    means = np.average(columns, axis=0, weights=weights)
    centred = (columns - means) * np.sqrt(weights)[:, None]
    return Sums(float(weights.sum()), means, centred.T @ centred)


def merged_sums(parts: Sequence[Sums]) -> Sums:
    """The sums of the rows of all parts."""
    weights = [part.weight for part in parts]
    means = np.average([part.means for part in parts], axis=0, weights=weights)
    products = np.sum([part.about(means) for part in parts], axis=0)
    return Sums(float(sum(weights)), means, products)
