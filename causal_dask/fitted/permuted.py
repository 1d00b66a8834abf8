"""How far a fitted learner's cross-fitted effects move if a covariate is permuted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.assemble import Start, plan_of
from causal_dask.compile.compiler import Compiler
from causal_dask.fitted.answer_checks import check_no_fits, lacking
from causal_dask.fitted.cross_fits import cross_fits
from causal_dask.fitted.fitted import Fitted
from causal_dask.graph.node import Data, Node, Read, node
from causal_dask.runtime.failures import failures_in, finished_in, raise_failures
from causal_dask.runtime.run import run
from causal_dask.study.study import Study, Training
from causal_dask.tasks.permutations import effect_change, effect_variance, with_permuted_column
from causal_dask.tasks.rows import Array


def effect_changes(
    fitted: Fitted, X: Data, columns: Sequence[int], n_permutations: int, seed: int
) -> tuple[Array, Array]:
    """The change of effects by column, (columns, contrasts, folds), and the effects' variance.

    Each row is predicted by the models that have not seen it, with its own and with another row's
    value of the column; stacks keep their weights. Everything is one graph; a permutation is the
    same for all learners.
    """
    study = _of_fitted_models(fitted, X)
    folds = next(iter(study.cross_fits.values())).split
    before = Compiler(fitted.learner, study)
    effects = answers.effects(before, Training())
    compilers, changes = [before], []
    for column in columns:
        for number in range(n_permutations):
            reads: dict[str, Read] = {"X": X, "folds": folds.folds}
            table = node(with_permuted_column, reads, column=column, seed=(seed, column, number))
            compiler = Compiler(fitted.learner, study.on(table), weighing=before)
            after = answers.effects(compiler, Training())
            read: dict[str, Read] = {"before": effects, "after": after, "folds": folds.folds}
            changes.append(node(effect_change, read, numbers=tuple(folds.numbers)))
            compilers.append(compiler)
    variance = node(effect_variance, {"effects": effects})
    found = _run(compilers, [*changes, variance], fitted)
    shape = (len(columns), n_permutations, len(study.contrasts), len(folds.numbers))
    moved = np.stack([found[made.key] for made in changes]).reshape(shape)
    return moved.mean(axis=1), np.asarray(found[variance.key])


def _of_fitted_models(fitted: Fitted, X: Data) -> Study:
    """The study with its models as fitted ones, so that they predict other covariates too."""
    known = {owner: model.with_folds(model.folds) for owner, model in cross_fits(fitted).items()}
    if not known:
        raise lacking("the models of each fold and of all rows")
    return replace(fitted.study, X=X, cross_fits=known)


def _run(compilers: Sequence[Compiler], asked: Sequence[Node], fitted: Fitted) -> dict[str, Any]:
    plan = plan_of(compilers, asked, dict, Start(fitted.results))
    check_no_fits(plan)
    results = run(plan)
    raise_failures(failures_in(results), plan.labels)
    return finished_in(results)
