"""The whole pipeline refitted to random halves of the rows, as nodes.

A half is a split in which the rows left out are in one more fold, which no model sees: another
expansion of the same declaration. Nothing but the number of a draw comes from the client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.strata import strata_of
from causal_dask.graph.node import Data, Node, Source, data, node
from causal_dask.study.seeds import seed_of_split
from causal_dask.study.study import NewRows, Split
from causal_dask.tasks.half_samples import folds_of_half, half_of_rows, half_sample_errors
from causal_dask.tasks.rows import Array


def effect_errors(
    compilers: Sequence[Compiler], rows: NewRows, n_draws: int, groups: Array | None,
    aggregation: str,
) -> tuple[Source, Node, list[Compiler]]:  # fmt: skip
    """The nodes of effects of new rows and of their errors, and the compilers of the draws."""
    whole = answers.combine(compilers, [answers.effects(c, rows) for c in compilers], aggregation)
    draws = halves(compilers, n_draws, groups)
    drawn = tuple(answers.effects(draw, rows) for draw in draws)
    made = node(half_sample_errors, {"effects": whole, "halves": drawn})
    compilers[0].notes[made.key] = compilers[0].noter.answer("errors of effects")
    return whole, made, draws


def halves(compilers: Sequence[Compiler], n_draws: int, groups: Array | None) -> list[Compiler]:
    """The compilers of random halves, of the repeats in turn; groups are kept together."""
    study = compilers[0].study
    reads = {"strata": data(strata_of(study, study.w.value), "strata")}
    if groups is not None:
        reads["groups"] = data(np.unique(groups, return_inverse=True)[1], "groups")
    typical = {
        split.folds.key: _typical(split) for c in compilers for split in c.study.splits.values()
    }
    return [
        _draw(compilers[number % len(compilers)], number, reads, typical)
        for number in range(n_draws)
    ]


def _draw(
    of: Compiler, number: int, reads: Mapping[str, Data], typical: Mapping[str, Array]
) -> Compiler:
    """The compiler of one half, with seeds of its own."""
    study = of.study
    seed = seed_of_split(study.seed, "half", number)
    chosen = node(half_of_rows, reads, seed=seed)
    splits = {
        kind: _halved(split, chosen, typical[split.folds.key])
        for kind, split in study.splits.items()
    }
    return Compiler(of.learner, replace(study, splits=splits, seed=seed))


def _halved(split: Split, chosen: Node, typical: Array) -> Split:
    """A split of the chosen rows."""
    reads = {"folds": split.folds, "chosen": chosen}
    folds = node(folds_of_half, reads, dropped=split.n_folds)
    return Split(folds, split.n_folds, typical)


def _typical(split: Split) -> Array:
    """Folds as a draw may give them, which all draws share."""
    return np.where(np.arange(len(split.values)) % 2, split.values, split.n_folds)
