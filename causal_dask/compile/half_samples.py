"""The whole pipeline refitted to random halves of the rows, as nodes.

A half is a split in which the rows left out are in one more fold, which no model sees: another
expansion of the same declaration. Nothing but the number of a draw comes from the client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.graph.node import Data, Node, data, node
from causal_dask.study.seeds import seed_of_split
from causal_dask.study.study import NewRows, Split, Study
from causal_dask.tasks.half_samples import folds_of_half, half_of_rows, half_sample_errors
from causal_dask.tasks.rows import Array


def effect_errors(
    compilers: Sequence[Compiler], rows: NewRows, n_draws: int, groups: Array | None,
    aggregation: str,
) -> tuple[Node, list[Compiler]]:  # fmt: skip
    """The node of the standard errors of effects of new rows, and the compilers of the draws."""
    whole = answers.combine(compilers, [answers.effects(c, rows) for c in compilers], aggregation)
    draws = halves(compilers, n_draws, groups)
    drawn = tuple(answers.effects(draw, rows) for draw in draws)
    made = node(half_sample_errors, {"effects": whole, "halves": drawn})
    compilers[0].notes[made.key] = compilers[0].noter.answer("errors of effects")
    return made, draws


def halves(compilers: Sequence[Compiler], n_draws: int, groups: Array | None) -> list[Compiler]:
    """The compilers of random halves, of the repeats in turn; groups are kept together."""
    strata = data(strata_of(compilers[0].study), "strata")
    together = None if groups is None else data(np.unique(groups, return_inverse=True)[1], "groups")
    return [
        _draw(compilers[number % len(compilers)], number, strata, together)
        for number in range(n_draws)
    ]


def strata_of(study: Study) -> Array:
    """Rows whose halves are drawn apart: of a fold, a variant and a class."""
    folds = [split.values for split in _distinct(study).values()]
    columns = [*folds, study.w.value, *([study.y.value] if study.n_classes else [])]
    table = np.column_stack([np.asarray(column) for column in columns])
    return np.asarray(np.unique(table, axis=0, return_inverse=True)[1]).reshape(-1)


def _draw(of: Compiler, number: int, strata: Data, groups: Data | None) -> Compiler:
    """The compiler of one half, with seeds of its own."""
    study = of.study
    seed = seed_of_split(study.seed, "half", number)
    reads = {"strata": strata} if groups is None else {"strata": strata, "groups": groups}
    chosen = node(half_of_rows, reads, seed=seed)
    halved = {key: _halved(split, chosen) for key, split in _distinct(study).items()}
    splits = {kind: halved[split.folds.key] for kind, split in study.splits.items()}
    return Compiler(of.learner, replace(study, splits=splits, seed=seed))


def _halved(split: Split, chosen: Node) -> Split:
    """A split of the chosen rows."""
    dropped = split.n_folds
    folds = node(folds_of_half, {"folds": split.folds, "chosen": chosen}, dropped=dropped)
    typical = np.where(np.arange(len(split.values)) % 2, split.values, dropped)
    return Split(folds, split.n_folds, typical)


def _distinct(study: Study) -> dict[str, Split]:
    """The splits of a study, each once."""
    return {split.folds.key: split for split in study.splits.values()}
