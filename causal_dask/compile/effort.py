"""The work of fits and predictions: their rows, and a guess at their seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from causal_dask.graph.node import Data
from causal_dask.graph.note import Work
from causal_dask.study.base_models.costs import PREDICTION
from causal_dask.study.base_models.memory import bytes_of_fit
from causal_dask.study.study import Base, Split, Study
from causal_dask.tasks.rows import Selection

ALL = -2
"""In place of a fold: all rows."""

Counts = dict[int, list[int]]


@dataclass(frozen=True)
class Effort:
    """Counts of the rows of a study by fold and variant, made once for each split.

    ``sizes`` are the bytes of fits, by kind of model and rows.
    """

    study: Study
    counted: dict[str, Counts] = field(default_factory=dict, repr=False)
    sizes: dict[tuple[str, int], float] = field(default_factory=dict, repr=False)

    def of_fit(self, kind: str, selection: Selection) -> Work:
        """The work of fitting a model to the rows of a selection."""
        counts = self._counts(self.study.splits[kind])
        of_all, own = range(self.study.n_variants), selection.variant or 0
        by_rows = {"all": of_all, "control": (0,), "variant": (own,), "contrast": (0, own)}
        chosen = by_rows[selection.rows]
        n_rows = sum(counts[ALL][k] - sum(counts[f][k] for f in selection.without) for k in chosen)
        base = self.study.bases[kind]
        if (kind, n_rows) not in self.sizes:
            self.sizes[kind, n_rows] = self._size(base, n_rows)
        return Work(n_rows, n_rows * base.pace, self.sizes[kind, n_rows])

    def _size(self, base: Base, n_rows: int) -> float:
        """The bytes of a fit; 0 of a table that is not known yet."""
        X = self.study.X.value if isinstance(self.study.X, Data) else None
        return 0.0 if X is None else bytes_of_fit(base, X, n_rows)

    def of_prediction(self, kind: str, n_rows: int) -> Work:
        """The work of predicting some rows with a kind's model."""
        base = self.study.bases.get(kind)
        return Work(n_rows, n_rows * (base.pace * PREDICTION if base else 0.0))

    def n_held_out(self, split: Split, fold: int) -> int:
        """How many rows a fold has."""
        return sum(self._counts(split)[fold])

    def _counts(self, split: Split) -> Counts:
        """Rows of each fold, and of all, by variant."""
        key = split.folds.key
        if key not in self.counted:
            shape = (split.n_folds + 1 + len(split.dropped), self.study.n_variants)
            w = self.study.w.value  # None for a model that was fitted on its own
            cells = (split.values + 1) * shape[1] + (0 if w is None else w)
            table = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
            # fold -1, of rows outside all folds, comes first: hence the + 1 above
            of_folds = dict(enumerate(table.tolist(), start=-1))
            self.counted[key] = {**of_folds, ALL: table.sum(axis=0).tolist()}
        return self.counted[key]
