"""The rows that fits and predictions work on, and so how long they may take."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from causal_dask.compile.costs import PREDICTION
from causal_dask.compile.study import Split, Study
from causal_dask.graph.work import Work
from causal_dask.tasks.rows import Array, Selection


@dataclass(frozen=True)
class Effort:
    """Counts of the rows of a study by fold and variant, made once for each split."""

    study: Study
    counted: dict[str, Array] = field(default_factory=dict, repr=False)

    def of_fit(self, kind: str, selection: Selection) -> Work:
        """The work of fitting a kind's model to some rows."""
        counts = self._counts(self.study.splits[kind])
        seen = np.delete(counts, [fold + 1 for fold in selection.without], axis=0).sum(axis=0)
        variants = {"all": slice(None), "control": [0], "variant": [selection.variant]}
        n_rows = int(seen[variants.get(selection.rows, [0, selection.variant])].sum())
        return Work(n_rows, n_rows * self.study.bases[kind].pace)

    def of_prediction(self, kind: str, n_rows: int) -> Work:
        """The work of predicting some rows with a kind's model."""
        base = self.study.bases.get(kind)
        return Work(n_rows, n_rows * (base.pace * PREDICTION if base else 0.0))

    def n_held_out(self, split: Split, fold: int) -> int:
        """How many rows a fold has."""
        return int(self._counts(split)[fold + 1].sum())

    def _counts(self, split: Split) -> Array:
        """Rows by fold, from -1, and variant."""
        key = split.folds.key
        if key not in self.counted:
            shape = (split.n_folds + 1, self.study.n_variants)
            cells = (np.asarray(split.folds.value) + 1) * shape[1] + self.study.w.value
            self.counted[key] = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        return self.counted[key]
