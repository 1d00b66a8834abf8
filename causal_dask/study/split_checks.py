"""Refuses splits in which a model would never see a variant or a class that it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.spec import Learner
from causal_dask.tasks.rows import Array, Selection, select_rows


@dataclass(frozen=True, slots=True)
class Strata:
    """The columns that folds are balanced over: variants, and classes of a classification.

    ``variants`` and ``classes`` are the labels behind the codes in ``w`` and ``y``; there are no
    classes in a regression.
    """

    w: Array
    y: Array
    variants: tuple[Any, ...]
    classes: tuple[Any, ...] = ()

    @property
    def n_classes(self) -> int:
        """How many classes there are; 0 in a regression."""
        return len(self.classes)

    @property
    def pairs(self) -> Array:
        """A number for each row's (variant, class)."""
        return self.w * self.n_classes + self.y if self.n_classes else self.w

    @property
    def n_pairs(self) -> int:
        """How many pairs there can be."""
        return len(self.variants) * max(self.n_classes, 1)

    @property
    def variants_only(self) -> Strata:
        """The same without the classes."""
        return Strata(self.w, self.y, self.variants)

    def describe(self, pair: int) -> str:
        """Describe a pair for a message."""
        if not self.n_classes:
            return f"Variant {self.variants[pair]!r}"
        variant, label = divmod(pair, self.n_classes)
        return f"Class {self.classes[label]!r} of 'y' within variant {self.variants[variant]!r}"


@dataclass(frozen=True, slots=True)
class Splitting:
    """What splits are made for: the kinds of a learner that are fitted, and the strata."""

    learner: Learner
    owner: str
    strata: Strata
    seed: int
    kinds: tuple[str, ...]


def check_folds(folds: Array, splitting: Splitting) -> None:
    """Raise if a model without some fold would miss a variant, or a class that it needs."""
    for pairs, strata in _needed_strata(splitting):
        _check_outside(folds, pairs, strata)
    for selection in _outcome_selections(splitting.learner, len(splitting.strata.variants)):
        _check_classes(folds, splitting.strata, selection)


def _needed_strata(splitting: Splitting) -> Iterator[tuple[Array, Strata]]:
    """The strata that must occur outside every fold: variants, and classes in them if compared."""
    yield splitting.strata.w, splitting.strata.variants_only
    if splitting.strata.n_classes and splitting.learner.compares_classes_within_variants:
        yield splitting.strata.pairs, splitting.strata


def _check_outside(folds: Array, pairs: Array, strata: Strata) -> None:
    """Raise if all rows of some stratum are in one fold."""
    n_folds = int(folds.max()) + 1
    cells = np.bincount(pairs * n_folds + folds, minlength=strata.n_pairs * n_folds)
    n_held = (cells.reshape(-1, n_folds) > 0).sum(axis=1)
    for pair in np.flatnonzero(n_held < 2)[:1]:
        fold = int(folds[pairs == pair][0])
        raise InvalidInput(
            f"{strata.describe(int(pair))} has all its rows in fold {fold}, so the models without "
            "that fold would not see it. Use fewer folds, or spread its rows or groups over more."
        )


def check_counts(pairs: Array, n_folds: int, strata: Strata) -> None:
    """Raise if some stratum has fewer rows than there are folds."""
    counts = np.bincount(pairs, minlength=strata.n_pairs)
    smallest = int(counts.argmin())
    rows = int(counts[smallest])
    if rows == 0:
        raise InvalidInput(
            f"{strata.describe(smallest)} has no rows, but each variant's outcome model needs "
            "every class. Use SLearner, merge classes, or leave the variant out."
        )
    if rows < n_folds:
        remedy = f" or set n_folds to {rows} or less" if rows > 1 else ""
        raise InvalidInput(
            f"{strata.describe(smallest)} has {rows} row{'s' * (rows != 1)}, fewer than the "
            f"{n_folds} folds asked for. Merge small groups{remedy}."
        )


def needs_weighed_variants(splitting: Splitting, unweighted: Collection[str]) -> bool:
    """Whether some model would have nothing to learn from a variant whose rows weigh nothing."""
    fitted = [step for step in splitting.learner.models if step.name in splitting.kinds]
    weighted = [step for step in fitted if step.kind not in unweighted]
    return any(step.is_nuisance or step.rows in {"variant", "control"} for step in weighted)


def check_weighed(folds: Array, weights: Array, strata: Strata) -> None:
    """Raise if a variant has no row of a weight above 0 outside some fold."""
    counts = np.zeros((len(strata.variants), int(folds.max()) + 1))
    np.add.at(counts, (strata.w, folds), weights > 0)
    alone = counts.shape[1] == 1  # the one model of each variant sees the rows of its only fold
    seen = counts.sum(axis=1, keepdims=True) - (0 if alone else counts)
    for variant, fold in np.argwhere(seen == 0)[:1]:
        total, label = int(counts[variant].sum()), strata.variants[variant]
        if total == 0:
            raise InvalidInput(
                f"'sample_weight' is 0 in all rows of variant {label!r}, so its outcomes cannot be "
                "learned. Leave the variant out, or give its rows weights above 0."
            )
        raise InvalidInput(
            f"'sample_weight' is above 0 in {total} row{'s' * (total != 1)} of variant {label!r}, "
            f"all in fold {fold}, so the models without that fold could not learn from it. Leave "
            "rows of weight 0 out of X, y and w, which spreads the others over the folds, or use "
            "fewer folds."
        )


def check_n_groups(groups: Array, n_folds: int) -> None:
    """Raise if there are fewer groups than folds."""
    n_groups = int(groups.max()) + 1
    if n_groups < n_folds:
        raise InvalidInput(
            f"'groups' has {n_groups} groups, fewer than the {n_folds} folds asked for. Set "
            f"n_folds to {n_groups} or less."
        )


def check_groups_whole(folds: Array, groups: Array) -> None:
    """Raise if ``cv`` tears a group apart."""
    first = np.zeros(int(groups.max()) + 1, dtype=folds.dtype)
    first[groups] = folds
    if (first[groups] != folds).any():
        raise InvalidInput(
            "'cv' puts rows of one group into several folds. Use a splitter that respects groups, "
            "as GroupKFold, or leave 'groups' out."
        )


def _outcome_selections(learner: Learner, n_variants: int) -> Iterator[Selection]:
    """The rows that each outcome model of several variants trains on, before a fold is left out."""
    for step in learner.models:
        if step.role == "outcome" and step.rows in {"all", "contrast"}:
            for variant in range(1, n_variants) if step.per == "contrast" else [None]:
                yield Selection(step.rows, variant)


def _check_classes(folds: Array, strata: Strata, selection: Selection) -> None:
    """Raise if some fold's complement lacks a class, so that its model would never see it."""
    rows = np.zeros(len(folds), dtype=bool)
    rows[select_rows(selection, len(folds), strata.w, None)] = True
    for code, label in enumerate(strata.classes):
        held = np.unique(folds[rows & (strata.y == code)])
        if len(held) < 2:
            among = _among(strata, selection)
            where = f"are in fold {held[0]}" if len(held) else "are missing"
            raise InvalidInput(
                f"All rows of class {label!r} of 'y'{among} {where}, so a model would not see the "
                "class. Merge rare classes or set n_folds lower."
            )


def _among(strata: Strata, selection: Selection) -> str:
    """Which variants' rows are meant, unless all are."""
    if selection.variant is None:
        return ""
    return f" with variant {strata.variants[0]!r} or {strata.variants[selection.variant]!r}"
