"""Draws the splits of a study, and refuses those in which a model would miss a variant or class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from causal_dask.compile.seeds import seed_of_split
from causal_dask.compile.study import Split
from causal_dask.errors import InvalidInput
from causal_dask.graph.node import data
from causal_dask.spec import Learner
from causal_dask.tasks.folds import assign_folds
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True)
class Groups:
    """The columns that folds are balanced over: variants, and classes of a classification."""

    w: Array
    y: Array
    n_variants: int
    n_classes: int

    @property
    def pairs(self) -> Array:
        """A number for each row's (variant, class)."""
        return self.w * self.n_classes + self.y if self.n_classes else self.w

    def named(self, pair: int) -> str:
        """How a pair is called in messages."""
        if not self.n_classes:
            return f"Variant {pair}"
        variant, label = divmod(pair, self.n_classes)
        return f"Class {label} of 'y' within variant {variant}"


def checked_n_folds(n_folds: Any, learner: Learner, name: str, n_rows: int) -> dict[str, int]:
    """The number of folds of each model kind."""
    kinds = [step.name for step in learner.models]
    given = n_folds if isinstance(n_folds, Mapping) else dict.fromkeys(kinds, n_folds)
    if set(given) != set(kinds):
        raise InvalidInput(
            f"The 'n_folds' parameter of {name} must have a number for each of {kinds}. "
            f"Got the keys {list(given)}."
        )
    for folds in given.values():
        whole = isinstance(folds, Integral) and not isinstance(folds, bool)
        if not whole or not 1 <= folds <= n_rows:
            raise InvalidInput(
                f"The 'n_folds' parameter of {name} must be a whole number from 1 to the number "
                f"of rows, {n_rows}. Got {folds!r} instead."
            )
    return {kind: int(given[kind]) for kind in kinds}


def shared_split(groups: Groups, n_folds: dict[str, int], learner: Learner, seed: int) -> Split:
    """One split for all models."""
    if len(set(n_folds.values())) > 1:
        raise InvalidInput(
            f"With synchronize_cross_fitting=True all models need the same number of folds. "
            f"Got 'n_folds'={n_folds}. Make them equal or pass synchronize_cross_fitting=False."
        )
    return drawn_split(groups, next(iter(n_folds.values())), learner, seed_of_split(seed, "shared"))


def own_splits(
    groups: Groups, n_folds: dict[str, int], learner: Learner, seed: int
) -> dict[str, Split]:
    """A split for each model kind."""
    return {
        kind: drawn_split(groups, folds, learner, seed_of_split(seed, kind))
        for kind, folds in n_folds.items()
    }


def drawn_split(groups: Groups, n_folds: int, learner: Learner, seed: int) -> Split:
    """A split of all rows, stratified as finely as the learner needs and the data allow."""
    _check_counts(groups.w, n_folds, Groups(groups.w, groups.w, groups.n_variants, 0))
    strata = groups.pairs
    sparse = np.bincount(strata, minlength=groups.n_variants * max(groups.n_classes, 1)) < n_folds
    if sparse.any() and learner.compares_classes_within_variants:
        _check_counts(strata, n_folds, groups)
    folds = assign_folds(groups.w if sparse.any() else strata, n_folds, seed)
    _check_complements(folds, n_folds, groups)
    return Split(data(folds, "folds"), n_folds)


def _check_counts(strata: Array, n_folds: int, groups: Groups) -> None:
    """Raise if some stratum has fewer rows than there are folds."""
    n_strata = groups.n_variants * max(groups.n_classes, 1)
    counts = np.bincount(strata, minlength=n_strata)
    smallest = int(counts.argmin())
    rows = int(counts[smallest])
    if rows < n_folds:
        remedy = f" or set n_folds to {rows} or less" if rows > 1 else ""
        raise InvalidInput(
            f"{groups.named(smallest)} has {rows} row{'s' * (rows != 1)}, fewer than the {n_folds} "
            f"folds asked for. Merge small groups{remedy}."
        )


def _check_complements(folds: Array, n_folds: int, groups: Groups) -> None:
    """Raise if all rows of some class lie in one fold, so that its models never see the class."""
    if not groups.n_classes or n_folds == 1:
        return
    for label in range(groups.n_classes):
        held = np.unique(folds[groups.y == label])
        if len(held) == 1:
            raise InvalidInput(
                f"All rows of class {label} of 'y' are in fold {held[0]}, so the models without "
                "that fold would not see the class. Merge rare classes or set n_folds lower."
            )
