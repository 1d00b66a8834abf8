"""Cross-fitted models with the rows they were trained on, matched to the rows of another study.

A row that such a model was trained on is predicted by the fit that held it out, any other row by
the fit on all its rows. A learner's models and a user's own are known by the same record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput
from causal_dask.graph.node import Data, data
from causal_dask.spec.learner import Model
from causal_dask.study.base_models.arguments import Asked
from causal_dask.study.study import MatchedCrossFit, Split
from causal_dask.study.tables.table import Columns, Table
from causal_dask.tasks.rows import Array, Design

Owner = tuple[str, int | None]


Labels = tuple[Any, ...]


@saved("CrossFit")
@dataclass(frozen=True, slots=True)
class CrossFit:
    """One model's fits, by the folds that each left out, and the rows that they were trained on."""

    X_key: str
    hashes: Array
    folds: Array
    n_folds: int
    fits: Mapping[tuple[int, ...], Data]
    design: Design
    columns: Columns
    classes: tuple[Any, ...]
    n_columns: int
    about: tuple[Any, ...] = ()

    def on(self, table: Table) -> MatchedCrossFit:
        """Match these fits to the rows of another table."""
        same = table.node.key == self.X_key
        return self.with_folds(self.folds if same else self._folds_of(table))

    def with_folds(self, folds: Array) -> MatchedCrossFit:
        """These fits with the fold of each row of some study."""
        return MatchedCrossFit(Split(data(folds, "folds"), self.n_folds), self.fits, self.design)

    def _folds_of(self, table: Table) -> Array:
        """The fold of each row of ``table``; -1 for those not trained on."""
        hashes = table.row_hashes_like(self.columns)
        if len(hashes) < table.n_rows or len(self.hashes) < len(self.folds):
            raise InvalidInput(
                "A fitted model was trained on other data than 'X', and rows in files cannot be "
                "compared one by one. Pass the data that it was fitted on, as the same files, or "
                "let this learner fit the model."
            )
        folds = pd.Series(self.folds).groupby(self.hashes).agg(["min", "max"])
        found = folds.reindex(hashes, fill_value=-1)
        if -1 in found["min"].to_numpy() and () not in self.fits:
            raise InvalidInput(
                "A fitted model was not fitted on all rows (enable_overall=False), so it cannot "
                "predict the rows of 'X' that it was not trained on."
            )
        # equal rows have one hash, and no telling which of them a fold held out
        torn = int((found["min"] != found["max"]).sum())
        if torn:
            raise InvalidInput(
                f"{torn} rows of 'X' equal rows of several folds that a fitted model was trained "
                "on, so it has no prediction that is out of fold for them. Pass the data that it "
                "was fitted on, in their order, or let this learner fit the model."
            )
        return found["min"].to_numpy(dtype=np.int32)


def check_cross_fits(
    cross_fits: Mapping[Owner, CrossFit], asked: Asked, variants: Labels, classes: Labels
) -> None:
    """Raise if a cross-fit is not of the kind that it is passed as."""
    steps = {step.name: step for step in asked.learner.models}
    for (kind, own), model in cross_fits.items():
        owners = steps[kind].owners(len(variants))
        if own not in owners:
            raise InvalidInput(
                f"There is a fitted {kind} of number {own}, but {asked.owner} has {len(owners)} "
                f"models of this kind for {len(variants)} variants."
            )
        labels = {"propensity": variants, "outcome": classes}.get(steps[kind].role, ())
        expected, about = len(labels), subjects(steps[kind], own, variants)
        if model.n_columns != expected:
            of = "" if own is None else f" of variant {own}"
            raise InvalidInput(
                f"The fitted {kind}{of} predicts {model.n_columns or 'no'} classes, but "
                f"{asked.owner} needs {expected or 'a regression'} here."
            )
        if model.classes not in {labels, tuple(range(expected))}:
            raise InvalidInput(
                f"The fitted {kind} predicts the classes {list(model.classes)} in this order, but "
                f"{asked.owner} has {list(labels)}. Fit it on their positions in that list."
            )
        if model.about and model.about != about:
            raise InvalidInput(
                f"The fitted {kind} is about {list(model.about)} and is passed for {list(about)}. "
                "Pass the models in the order of this learner's variants, control first."
            )


def subjects(step: Model, own: int | None, variants: Labels) -> Labels:
    """The labels of the variants that a model is about."""
    return tuple(variants[number] for number in step.about(own))
