"""Draws the splits of a study or reads them from ``cv``, and refuses those that cannot be used.

Every model trains on the rows outside a fold, so every variant, and every class where it matters,
must have rows outside every fold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.graph.node import data
from causal_dask.keys.hashing import array_digest
from causal_dask.spec.stacks import kind_of
from causal_dask.study.columns import check_indices, column
from causal_dask.study.seeds import seed_of_split
from causal_dask.study.split_checks import (
    Splitting,
    check_counts,
    check_folds,
    check_groups_whole,
    check_n_groups,
    check_weighed,
    needs_weighed_variants,
)
from causal_dask.study.study import Split
from causal_dask.study.study_data import StudyData
from causal_dask.study.tables.plain_values import plain_column
from causal_dask.study.variants import examples
from causal_dask.tasks.folds import assign_folds, assign_grouped_folds
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the rows of some data are to be split: by drawing, within groups, or as ``cv`` says.

    ``unweighted`` are the kinds of models for which rows of weight 0 count like others.
    """

    n_folds: Any
    synchronize: bool
    of: StudyData
    unweighted: Collection[str] = ()

    @property
    def groups(self) -> Array | None:
        """The groups whose rows stay together, if there are any."""
        return self.of.groups

    @property
    def cv(self) -> Any:
        """The folds that the user gave, if any."""
        return self.of.cv


def splits_for(scheme: Scheme, splitting: Splitting, repeat: int = 0) -> dict[str, Split]:
    """The split of each model kind."""
    kinds = list(splitting.kinds)
    if scheme.cv is not None:
        return dict.fromkeys(kinds, _split_of_cv(scheme, splitting))
    n_folds = _checked_n_folds(scheme.n_folds, splitting)
    if not kinds:
        return {}
    if not scheme.synchronize:
        seeds = {kind: seed_of_split(splitting.seed, kind_of(kind), repeat) for kind in kinds}
        return {kind: _draw_split(scheme, splitting, n_folds[kind], seeds[kind]) for kind in kinds}
    if len(set(n_folds.values())) > 1:
        raise InvalidInput(
            f"With synchronize_cross_fitting=True all models need the same number of folds. "
            f"Got 'n_folds'={n_folds}. Make them equal or pass synchronize_cross_fitting=False."
        )
    seed = seed_of_split(splitting.seed, "shared", repeat)
    return dict.fromkeys(kinds, _draw_split(scheme, splitting, n_folds[kinds[0]], seed))


def _checked_n_folds(n_folds: Any, splitting: Splitting) -> dict[str, int]:
    """The number of folds of each model kind."""
    kinds = splitting.learner.kinds
    given = n_folds if isinstance(n_folds, Mapping) else dict.fromkeys(kinds, n_folds)
    n_rows = len(splitting.strata.w)
    if set(given) != set(kinds):
        raise InvalidInput(
            f"The 'n_folds' parameter of {splitting.owner} must have a number for each of "
            f"{list(kinds)}. Got the keys {list(given)}."
        )
    for folds in given.values():
        whole = isinstance(folds, Integral) and not isinstance(folds, bool)
        if not whole or not 1 <= folds <= n_rows:
            raise InvalidInput(
                f"The 'n_folds' parameter of {splitting.owner} must be a whole number from 1 to "
                f"the number of rows, {n_rows}. Got {folds!r} instead."
            )
    return {name: int(given[kind_of(name)]) for name in splitting.kinds}


def _draw_split(scheme: Scheme, splitting: Splitting, n_folds: int, seed: int) -> Split:
    """A split of all rows, stratified as finely as the learner needs and the data allow."""
    strata, learner = splitting.strata, splitting.learner
    check_counts(strata.w, n_folds, strata.variants_only)
    # pairs too rare for the folds: an error if the learner needs them, else balance variants only
    sparse = np.bincount(strata.pairs, minlength=strata.n_pairs) < n_folds
    if sparse.any() and learner.compares_classes_within_variants:
        check_counts(strata.pairs, n_folds, strata)
    balanced = strata.w if sparse.any() else strata.pairs
    grouped = scheme.groups is not None and n_folds > 1
    if scheme.groups is not None and grouped:
        check_n_groups(scheme.groups, n_folds)

    def draw() -> Split:
        if scheme.groups is None or not grouped:
            folds = assign_folds(balanced, n_folds, seed)
        else:
            folds = assign_grouped_folds(balanced, scheme.groups, n_folds, seed)
        return Split(data(folds, "folds"), n_folds)

    split = scheme.of.split((array_digest(balanced), n_folds, seed), draw)
    return _checked(split, scheme, splitting)


def _split_of_cv(scheme: Scheme, splitting: Splitting) -> Split:
    """The split that ``cv`` says: a splitter, pairs of index arrays, or the fold of each row."""
    cv, strata = scheme.cv, splitting.strata
    n_rows = len(strata.w)
    is_word = isinstance(cv, str | bytes)  # which has a method "split" too
    if hasattr(cv, "split") and not is_word:
        cv = list(cv.split(np.zeros((n_rows, 1)), strata.pairs, scheme.groups))
    if isinstance(cv, Iterator):
        cv = list(cv)
    if isinstance(cv, Sequence) and not is_word and cv and isinstance(cv[0], Sequence | np.ndarray):
        folds = _folds_of_pairs(cv, n_rows)
    else:
        folds = _folds_of_column(cv, scheme.of)
    if scheme.groups is not None:
        check_groups_whole(folds, scheme.groups)
    return _checked(Split(data(folds, "folds"), int(folds.max()) + 1), scheme, splitting)


def _folds_of_pairs(pairs: Sequence[Any], n_rows: int) -> Array:
    """The fold of each row from (training rows, held-out rows); each row must be held out once."""
    folds = np.full(n_rows, -1, dtype=np.int32)
    for fold, pair in enumerate(pairs):
        train, held = (_positions(part, n_rows) for part in _two(pair))
        if (folds[held] >= 0).any() or len(np.unique(held)) < len(held):
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


def _two(pair: Sequence[Any]) -> Sequence[Any]:
    if len(pair) != 2:
        raise InvalidInput(
            f"'cv' must hold pairs of training and test rows. Got {len(pair)} parts instead of two."
        )
    return pair


def _positions(rows: Any, n_rows: int) -> Array:
    """Rows of a split as their positions, also where a mask says which they are."""
    found = plain_column(rows)
    if found.dtype.kind == "b" and found.shape == (n_rows,):
        return np.flatnonzero(found)
    is_whole = len(found) > 0 and found.dtype.kind in "iu"
    if not is_whole or found.min() < 0 or found.max() >= n_rows:
        raise InvalidInput(
            f"'cv' must hold positions of rows, whole numbers from 0 to {n_rows - 1}, at least one "
            f"in each part. Got {examples(found)}."
        )
    return found


def _folds_of_column(cv: Any, of: StudyData) -> Array:
    """The fold of each row, numbered from 0."""
    n_rows = of.table.n_rows
    shape: tuple[int, ...] = ()
    if isinstance(cv, Sized) and not isinstance(cv, Mapping):
        shape = tuple(getattr(cv, "shape", (len(cv),)))
    if shape[:1] != (n_rows,) or shape[1:] not in {(), (1,)}:
        raise InvalidInput(
            "'cv' must be a scikit-learn splitter, a list of (train, test) index arrays, or the "
            f"fold of each of the {n_rows} rows. Got {type(cv).__name__} of shape {shape}."
        )
    check_indices({"X": of.table.content, **of.labelled, "cv": cv})
    folds = np.unique(column(cv, "cv"), return_inverse=True)[1].astype(np.int32)
    if folds.max() < 1:
        raise InvalidInput("'cv' puts all rows into one fold. At least two are needed.")
    return folds


def _checked(split: Split, scheme: Scheme, splitting: Splitting) -> Split:
    if split.n_folds > 1:
        check_folds(split.values, splitting)
    weights = scheme.of.weights
    if weights is not None and needs_weighed_variants(splitting, scheme.unweighted):
        check_weighed(split.values, weights, splitting.strata)
    return split
