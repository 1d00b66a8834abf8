"""The study as it might have been: without covariates, with a placebo, of half of the rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from causal_dask.compile.compiler import Compiler
from causal_dask.graph.node import data, node
from causal_dask.study.propensity_models import KnownPropensity
from causal_dask.study.seeds import seed_of_split
from causal_dask.study.study import Base, Study
from causal_dask.tasks.alternatives import with_random_column
from causal_dask.tasks.rows import Array


def without_covariates(compiler: Compiler, dropped: Collection[int], n_features: int) -> Compiler:
    """The same learner whose models do not see some columns; models of none of them are shared."""
    study = compiler.study
    bases = {kind: _without(base, dropped, n_features) for kind, base in study.bases.items()}
    return Compiler(compiler.learner, replace(study, bases=bases), compiler.notes)


def with_placebo(compiler: Compiler, number: int) -> Compiler:
    """The same with the variants permuted within folds, so that there is no effect."""
    study = compiler.study
    rng = np.random.default_rng(seed_of_split(study.seed, "placebo", number))
    w = np.asarray(study.w.value).copy()
    for rows in _rows_of_cells(study):
        w[rows] = w[rng.permutation(rows)]
    return Compiler(compiler.learner, replace(study, w=data(w, "w")))


def with_random_cause(compiler: Compiler, number: int) -> Compiler:
    """The same with one more covariate, drawn at random."""
    seed = seed_of_split(compiler.study.seed, "random cause", number)
    X = node(with_random_column, {"X": compiler.study.X}, seed=seed)
    return Compiler(compiler.learner, compiler.study.on(X))


def _rows_of_cells(study: Study) -> list[Array]:
    """The rows of each fold, and class where there are some."""
    splits = {split.folds.key: split.values for split in study.splits.values()}
    columns = [*splits.values(), *([np.asarray(study.y.value)] if study.n_classes else [])]
    cells = np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(cells, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(cells[order])) + 1)


def _without(base: Base, dropped: Collection[int], n_features: int) -> Base:
    """A base model that does not see some columns; known propensities stay as they are."""
    if isinstance(base.model.estimator, KnownPropensity):
        return base
    seen = range(n_features) if base.design.features is None else base.design.features
    kept = tuple(column for column in seen if column not in dropped)
    if kept == tuple(seen):
        return base
    return replace(base, design=replace(base.design, features=kept))
