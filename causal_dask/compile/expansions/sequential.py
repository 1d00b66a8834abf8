"""Effects of each fold by models of the folds before it, on which tests of heterogeneity rest.

With ordinary cross-fitting the outcomes of a fold reach the models that predict it, through the
pseudo-outcomes of other rows, and all folds' models share rows. Where each fold is judged on what
was learned from earlier folds only, the folds' statistics are a martingale difference sequence, and
their sum has the variance that it seems to have.
"""

from __future__ import annotations

from dataclasses import replace

from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput
from causal_dask.graph.node import Node, node
from causal_dask.study.study import Held
from causal_dask.tasks.answers import stack_effects


def first_judged(compiler: Compiler) -> int:
    """The first fold that can be judged: a second stage needs two folds before it."""
    has_second_stage = any(not model.is_nuisance for model in compiler.learner.models)
    return 2 if has_second_stage else 1


def sequential_effects(compiler: Compiler) -> dict[int, Node]:
    """By fold, the CATEs of its rows by models that saw earlier folds alone, (n, K - 1, outputs).

    It is the expansion of a nested study, asked for folds that leave out all later ones too: a
    pseudo-outcome of an earlier fold is made of nuisances of the other earlier folds.
    """
    study = compiler.study
    first = first_judged(compiler)
    if not study.shares_folds or study.cross_fits or study.shared.n_folds <= first:
        raise InvalidInput(
            f"Effects can be judged fold after fold where all models of the {compiler.learner.name}"
            f"-learner are fitted together on one split of {first + 1} folds or more. Set 'n_folds'"
            ", leave synchronize_cross_fitting at True, and pass no models that are fitted already."
        )
    nested = Compiler(compiler.learner, replace(study, nested=True, strict=True), compiler.notes)
    n_folds, effect = study.shared.n_folds, compiler.learner.effect
    found = {}
    for fold in range(first, n_folds):
        held = Held(fold, tuple(range(fold + 1, n_folds)))
        parts = tuple(nested.value(effect, k, held) for k in study.contrasts)
        found[fold] = node(stack_effects, {"effects": parts}, n_outputs=study.n_outputs)
    return found
