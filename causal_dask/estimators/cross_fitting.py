"""Draws or takes the splits of a study, and refuses those in which a model would miss something.

Every model trains on the rows outside a fold, so every variant, and every class where it matters,
must have rows outside every fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from causal_dask.compile.seeds import seed_of_split
from causal_dask.compile.study import Split
from causal_dask.errors import InvalidInput
from causal_dask.graph.node import data
from causal_dask.spec import Learner
from causal_dask.tasks.folds import assign_folds, assign_grouped_folds
from causal_dask.tasks.rows import Array, Selection, selected


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

    def named(self, pair: int) -> str:
        """How a pair is called in messages."""
        if not self.n_classes:
            return f"Variant {self.variants[pair]!r}"
        variant, label = divmod(pair, self.n_classes)
        return f"Class {self.classes[label]!r} of 'y' within variant {self.variants[variant]!r}"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the rows are to be split: by drawing, within groups, or as ``cv`` says."""

    n_folds: Any
    synchronize: bool = True
    groups: Array | None = None
    cv: Any = None


@dataclass(frozen=True, slots=True)
class Splitting:
    """Whose splits are made: the kinds of a learner that are fitted, balanced over the strata."""

    learner: Learner
    owner: str
    strata: Strata
    seed: int
    kinds: tuple[str, ...]


def splits_for(scheme: Scheme, asked: Splitting, repeat: int = 0) -> dict[str, Split]:
    """The split of each model kind."""
    kinds = list(asked.kinds)
    if scheme.cv is not None:
        return dict.fromkeys(kinds, _given_split(scheme, asked))
    n_folds = _checked_n_folds(scheme.n_folds, asked)
    if not kinds:
        return {}
    if not scheme.synchronize:
        seeds = {kind: seed_of_split(asked.seed, kind, repeat) for kind in kinds}
        return {kind: _drawn(scheme, asked, n_folds[kind], seeds[kind]) for kind in kinds}
    if len(set(n_folds.values())) > 1:
        raise InvalidInput(
            f"With synchronize_cross_fitting=True all models need the same number of folds. "
            f"Got 'n_folds'={n_folds}. Make them equal or pass synchronize_cross_fitting=False."
        )
    seed = seed_of_split(asked.seed, "shared", repeat)
    return dict.fromkeys(kinds, _drawn(scheme, asked, n_folds[kinds[0]], seed))


def _checked_n_folds(n_folds: Any, asked: Splitting) -> dict[str, int]:
    """The number of folds of each model kind."""
    kinds = [step.name for step in asked.learner.models]
    given = n_folds if isinstance(n_folds, Mapping) else dict.fromkeys(kinds, n_folds)
    n_rows = len(asked.strata.w)
    if set(given) != set(kinds):
        raise InvalidInput(
            f"The 'n_folds' parameter of {asked.owner} must have a number for each of {kinds}. "
            f"Got the keys {list(given)}."
        )
    for folds in given.values():
        whole = isinstance(folds, Integral) and not isinstance(folds, bool)
        if not whole or not 1 <= folds <= n_rows:
            raise InvalidInput(
                f"The 'n_folds' parameter of {asked.owner} must be a whole number from 1 to the "
                f"number of rows, {n_rows}. Got {folds!r} instead."
            )
    return {kind: int(given[kind]) for kind in asked.kinds}


def _drawn(scheme: Scheme, asked: Splitting, n_folds: int, seed: int) -> Split:
    """A split of all rows, stratified as finely as the learner needs and the data allow."""
    strata, learner = asked.strata, asked.learner
    _check_counts(strata.w, n_folds, strata.variants_only)
    sparse = np.bincount(strata.pairs, minlength=strata.n_pairs) < n_folds
    if sparse.any() and learner.compares_classes_within_variants:
        _check_counts(strata.pairs, n_folds, strata)
    balanced = strata.w if sparse.any() else strata.pairs
    if scheme.groups is None or n_folds == 1:
        folds = assign_folds(balanced, n_folds, seed)
    else:
        _check_n_groups(scheme.groups, n_folds)
        folds = assign_grouped_folds(balanced, scheme.groups, n_folds, seed)
    return _checked_split(folds, n_folds, asked)


def _given_split(scheme: Scheme, asked: Splitting) -> Split:
    """The split that ``cv`` says: a splitter, pairs of index arrays, or the fold of each row."""
    cv, strata = scheme.cv, asked.strata
    n_rows = len(strata.w)
    if hasattr(cv, "split"):
        cv = list(cv.split(np.zeros((n_rows, 1)), strata.pairs, scheme.groups))
    if isinstance(cv, Sequence) and cv and isinstance(cv[0], Sequence | np.ndarray):
        folds = _folds_of_pairs(cv, n_rows)
    else:
        folds = _folds_of_column(cv, n_rows)
    if scheme.groups is not None:
        _check_groups_whole(folds, scheme.groups)
    return _checked_split(folds, int(folds.max()) + 1, asked)


def _folds_of_pairs(pairs: Sequence[Any], n_rows: int) -> Array:
    """The fold of each row from (training rows, held-out rows); each row must be held out once."""
    folds = np.full(n_rows, -1, dtype=np.int32)
    for fold, (train, held) in enumerate(pairs):
        if np.max(held) >= n_rows or (folds[held] >= 0).any():
            raise InvalidInput("'cv' holds some row out twice. Each row must be in one test set.")
        if len(np.intersect1d(train, held)) or len(train) + len(held) != n_rows:
            raise InvalidInput(
                f"Split {fold} of 'cv' does not train on all rows that it does not hold out. "
                "Cross-fitting needs a partition, as of KFold."
            )
        folds[held] = fold
    if (folds < 0).any():
        raise InvalidInput(
            f"'cv' never holds out {(folds < 0).sum()} of the {n_rows} rows. Each row must be in "
            "one test set."
        )
    return folds


def _folds_of_column(cv: Any, n_rows: int) -> Array:
    """The fold of each row, numbered from 0."""
    column = np.asarray(cv)
    if column.shape != (n_rows,):
        raise InvalidInput(
            "'cv' must be a scikit-learn splitter, a list of (train, test) index arrays, or the "
            f"fold of each of the {n_rows} rows. Got {type(cv).__name__} of shape {column.shape}."
        )
    folds = np.unique(column, return_inverse=True)[1].astype(np.int32)
    if folds.max() < 1:
        raise InvalidInput("'cv' puts all rows into one fold. At least two are needed.")
    return folds


def _checked_split(folds: Array, n_folds: int, asked: Splitting) -> Split:
    if n_folds > 1:
        for pairs, strata in _needed(asked):
            _check_outside(folds, pairs, strata)
        for selection in _outcome_selections(asked.learner, len(asked.strata.variants)):
            _check_classes(folds, asked.strata, selection)
    return Split(data(folds, "folds"), n_folds)


def _needed(asked: Splitting) -> Iterator[tuple[Array, Strata]]:
    """What must occur outside every fold: variants, and classes within them where compared."""
    yield asked.strata.w, asked.strata.variants_only
    if asked.strata.n_classes and asked.learner.compares_classes_within_variants:
        yield asked.strata.pairs, asked.strata


def _check_outside(folds: Array, pairs: Array, strata: Strata) -> None:
    """Raise if all rows of some stratum are in one fold."""
    n_folds = int(folds.max()) + 1
    cells = np.bincount(pairs * n_folds + folds, minlength=strata.n_pairs * n_folds)
    n_held = (cells.reshape(-1, n_folds) > 0).sum(axis=1)
    for pair in np.flatnonzero(n_held < 2)[:1]:
        fold = int(folds[pairs == pair][0])
        raise InvalidInput(
            f"{strata.named(int(pair))} has all its rows in fold {fold}, so the models without "
            "that fold would not see it. Use fewer folds, or spread its rows or groups over more."
        )


def _check_counts(pairs: Array, n_folds: int, strata: Strata) -> None:
    """Raise if some stratum has fewer rows than there are folds."""
    counts = np.bincount(pairs, minlength=strata.n_pairs)
    smallest = int(counts.argmin())
    rows = int(counts[smallest])
    if rows == 0:
        raise InvalidInput(
            f"{strata.named(smallest)} has no rows, but each variant's outcome model needs every "
            "class. Use SLearner, merge classes, or leave the variant out."
        )
    if rows < n_folds:
        remedy = f" or set n_folds to {rows} or less" if rows > 1 else ""
        raise InvalidInput(
            f"{strata.named(smallest)} has {rows} row{'s' * (rows != 1)}, fewer than the {n_folds} "
            f"folds asked for. Merge small groups{remedy}."
        )


def _check_n_groups(groups: Array, n_folds: int) -> None:
    n_groups = int(groups.max()) + 1
    if n_groups < n_folds:
        raise InvalidInput(
            f"'groups' has {n_groups} groups, fewer than the {n_folds} folds asked for. Set "
            f"n_folds to {n_groups} or less."
        )


def _check_groups_whole(folds: Array, groups: Array) -> None:
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
    rows[selected(selection, len(folds), strata.w, None)] = True
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
