"""The study as it might have been: without covariates, with a placebo, of half of the rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from causal_dask.compile.compiler import Compiler
from causal_dask.compile.strata import strata_of
from causal_dask.graph.node import data, node
from causal_dask.study.propensity_models import KnownPropensity
from causal_dask.study.seeds import seed_of_split
from causal_dask.study.study import Base
from causal_dask.tasks.alternatives import with_random_column


def without_covariates(compiler: Compiler, dropped: Collection[int], n_features: int) -> Compiler:
    """The same learner whose models do not see some columns; models of none of them are shared."""
    study = compiler.study
    bases = {kind: _without(base, dropped, n_features) for kind, base in study.bases.items()}
    return Compiler(compiler.learner, replace(study, bases=bases), compiler.notes)


def with_placebo(compiler: Compiler, number: int) -> Compiler:
    """The same with the variants permuted within folds, so that there is no effect."""
    study = compiler.study
    rng = np.random.default_rng(seed_of_split(study.seed, "placebo", number))
    strata, w = strata_of(study), np.asarray(study.w.value)
    permuted = np.empty_like(w)
    # rows by stratum, and rows by stratum in random order
    permuted[np.argsort(strata, kind="stable")] = w[np.lexsort((rng.random(len(w)), strata))]
    return Compiler(compiler.learner, replace(study, w=data(permuted, "w")))


def with_random_cause(compiler: Compiler, number: int) -> Compiler:
    """The same with one more covariate, drawn at random."""
    seed = seed_of_split(compiler.study.seed, "random cause", number)
    X = node(with_random_column, {"X": compiler.study.X}, seed=seed)
    return Compiler(compiler.learner, compiler.study.on(X))


def _without(base: Base, dropped: Collection[int], n_features: int) -> Base:
    """A base model that does not see some columns; known propensities stay as they are."""
    if isinstance(base.model.estimator, KnownPropensity):
        return base
    seen = range(n_features) if base.design.features is None else base.design.features
    kept = tuple(column for column in seen if column not in dropped)
    if kept == tuple(seen):
        return base
    return replace(base, design=replace(base.design, features=kept))
