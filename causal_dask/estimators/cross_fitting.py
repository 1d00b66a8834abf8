"""Draws the splits of a study, and refuses those in which a model would miss a variant or class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from causal_dask.tasks.rows import Array, Selection, selected


@dataclass(frozen=True, slots=True)
class Groups:
    """The columns that folds are balanced over: variants, and classes of a classification.

    ``classes`` are the labels behind the codes in ``y``; there are none in a regression.
    """

    w: Array
    y: Array
    n_variants: int
    classes: tuple[Any, ...] = ()

    @property
    def n_classes(self) -> int:
        """How many classes there are; 0 in a regression."""
        return len(self.classes)

    @property
    def pairs(self) -> Array:
        """A number for each row's (variant, class)."""
        return self.w * self.n_classes + self.y if self.n_classes else self.w

    def named(self, pair: int) -> str:
        """How a pair is called in messages."""
        if not self.n_classes:
            return f"Variant {pair}"
        variant, label = divmod(pair, self.n_classes)
        return f"Class {self.classes[label]!r} of 'y' within variant {variant}"


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
    _check_counts(groups.w, n_folds, Groups(groups.w, groups.y, groups.n_variants))
    strata = groups.pairs
    sparse = np.bincount(strata, minlength=groups.n_variants * max(groups.n_classes, 1)) < n_folds
    if sparse.any() and learner.compares_classes_within_variants:
        _check_counts(strata, n_folds, groups)
    folds = assign_folds(groups.w if sparse.any() else strata, n_folds, seed)
    for selection in _outcome_selections(learner, groups.n_variants):
        _check_classes(folds, n_folds, groups, selection)
    return Split(data(folds, "folds"), n_folds)


def _check_counts(strata: Array, n_folds: int, groups: Groups) -> None:
    """Raise if some stratum has fewer rows than there are folds."""
    n_strata = groups.n_variants * max(groups.n_classes, 1)
    counts = np.bincount(strata, minlength=n_strata)
    smallest = int(counts.argmin())
    rows = int(counts[smallest])
    if rows == 0:
        raise InvalidInput(
            f"{groups.named(smallest)} has no rows, but each variant's outcome model needs every "
            "class. Use SLearner, merge classes, or leave the variant out."
        )
    if rows < n_folds:
        remedy = f" or set n_folds to {rows} or less" if rows > 1 else ""
        raise InvalidInput(
            f"{groups.named(smallest)} has {rows} row{'s' * (rows != 1)}, fewer than the {n_folds} "
            f"folds asked for. Merge small groups{remedy}."
        )


def _outcome_selections(learner: Learner, n_variants: int) -> Iterator[Selection]:
    """The rows that each outcome model trains on, before a fold is left out."""
    for step in learner.models:
        if step.role == "outcome":
            yield from (
                Selection(step.rows, variant)
                for variant in (range(1, n_variants) if step.per == "contrast" else [None])
                if step.rows in {"all", "contrast"}
            )


def _check_classes(folds: Array, n_folds: int, groups: Groups, selection: Selection) -> None:
    """Raise if some fold's complement lacks a class, so that its model would never see it."""
    among = "" if selection.variant is None else f" with variant 0 or {selection.variant}"
    rows = np.zeros(len(folds), dtype=bool)
    rows[selected(selection, len(folds), groups.w, None)] = True
    for code, label in enumerate(groups.classes):
        held = np.unique(folds[rows & (groups.y == code)])
        if len(held) < min(n_folds, 2):
            where = f"are in fold {held[0]}" if len(held) else "are missing"
            raise InvalidInput(
                f"All rows of class {label!r} of 'y'{among} {where}, so a model would not see the "
                "class. Merge rare classes or set n_folds lower."
            )
