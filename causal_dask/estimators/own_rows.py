"""Cross-fitted models with rows of their own, and how they meet the rows of another study.

A row that such a model was trained on is predicted by the fit that held it out, any other row by
the fit on all its rows. Whoever made the model, a learner or a user, this is all that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.compile.study import CrossFitted, Split, Study
from causal_dask.errors import InvalidInput
from causal_dask.estimators.base_models import Asked
from causal_dask.estimators.inputs import Columns
from causal_dask.estimators.rows_seen import row_hashes
from causal_dask.graph.node import Data, data
from causal_dask.tasks.rows import Array, Design

Owner = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class CrossFit:
    """Fitted models by the folds that each left out, and the rows that they were trained on."""

    X_key: str
    hashes: Array
    folds: Array
    n_folds: int
    fits: Mapping[tuple[int, ...], Data]
    design: Design
    columns: Columns
    classes: tuple[Any, ...]
    n_columns: int

    def on(self, table: Any, key: str) -> CrossFitted:
        """These models as the rows of another table see them."""
        return self.with_folds(self.folds if key == self.X_key else self._folds_of(table))

    def with_folds(self, folds: Array) -> CrossFitted:
        """These models and the fold of each row of some study."""
        return CrossFitted(Split(data(folds, "folds"), self.n_folds), self.fits, self.design)

    def _folds_of(self, table: Any) -> Array:
        """The fold of each row of ``table``; -1 for those not trained on. Equal rows pair up."""
        folds = pd.Series(self.folds, index=_numbered(self.hashes))
        found = folds.reindex(_numbered(row_hashes(table)), fill_value=-1)
        return found.to_numpy(dtype=np.int32)


def _numbered(hashes: Array) -> pd.MultiIndex:
    """The hashes, the second of two equal ones told from the first."""
    occurrence = pd.Series(hashes).groupby(hashes).cumcount()
    return pd.MultiIndex.from_arrays([hashes, occurrence])


def check_ready(
    ready: Mapping[Owner, CrossFit], asked: Asked, study: Study, classes: tuple[Any, ...]
) -> None:
    """Raise if a model that is fitted already is not of the kind it is passed as."""
    roles = {step.name: step.role for step in asked.learner.models}
    for (kind, own), model in ready.items():
        expected = {"propensity": study.n_variants, "outcome": len(classes)}.get(roles[kind], 0)
        if model.n_columns != expected:
            of = "" if own is None else f" of variant {own}"
            raise InvalidInput(
                f"The fitted {kind}{of} predicts {model.n_columns or 'no'} classes, but "
                f"{asked.owner} needs {expected or 'a regression'} here."
            )
