"""The nodes that prepare covariates for the fits of base models that share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from causal_dask.graph.label import Label
from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.graph.note import Note, Work
from causal_dask.study.study import Base, Study
from causal_dask.tasks.prepared.bins import bin_columns
from causal_dask.tasks.prepared.dataset import make_dataset
from causal_dask.tasks.prepared.factors import factor, moments
from causal_dask.tasks.rows import Selection

PACE = 1e-6
"""A guess at the seconds of preparing a row, which comes before all fits."""

WHOLE: dict[str, Callable[..., Any]] = {"bins": bin_columns, "dataset": make_dataset}
"""What prepares all rows at once, by what it gives."""


def prepared_reads(
    study: Study, kind: str, selection: Selection, reads: Mapping[str, Read], notes: dict[str, Note]
) -> dict[str, Read]:
    """What a fit reads of prepared covariates besides what it reads anyway; notes their nodes."""
    base, split = study.bases[kind], study.splits[kind]
    if base.prepare is None or base.prepare.kind == "inner folds":
        return {}  # the inner folds of each fit cut its rows elsewhere
    if base.prepare.kind in WHOLE:
        made, n_rows = _of_all_rows(study, base), len(split.values)
        work = Work(n_rows, n_rows * PACE)
        notes.setdefault(made.key, Note(Label("covariates, prepared"), work=work))
        return {"prepared": made}
    return _of_folds(study, kind, selection, reads, notes)


def _of_all_rows(study: Study, base: Base) -> Node:
    """The node that prepares all rows: the same for all models that see the same columns."""
    assert base.prepare is not None  # noqa: S101 - the caller has looked
    reads: dict[str, Read] = {"X": study.X}
    if base.design.encoding is not None:
        reads["w"] = study.w
    settings = dict(base.prepare.settings)
    return node(WHOLE[base.prepare.kind], reads, design=base.design, **settings)


def _of_folds(
    study: Study, kind: str, selection: Selection, reads: Mapping[str, Read], notes: dict[str, Note]
) -> dict[str, Read]:
    """The factors of the folds that a fit sees, and the moments of its target in each."""
    base, split = study.bases[kind], study.splits[kind]
    folds = [fold for fold in range(split.n_folds) if fold not in selection.without]
    own = Selection(selection.rows, selection.variant)
    factors, sums = [], []
    for position, fold in enumerate(folds):
        of_rows: dict[str, Read] = {"X": study.X, "folds": split.folds}
        if selection.rows != "all" or base.design.encoding is not None:
            of_rows["w"] = study.w
        if "sample_weight" in reads:
            of_rows["sample_weight"] = reads["sample_weight"]
        if "weight" in reads:
            of_rows["weight"] = _part(reads["weight"], position)
        constants: dict[str, Any] = {"selection": own, "fold": fold, "design": base.design}
        factors.append(node(factor, of_rows, **constants))
        of_target = {**of_rows, "target": _part(reads["target"], position)}
        sums.append(node(moments, of_target, **constants))
        where = f"fold {fold}"
        notes.setdefault(factors[-1].key, Note(Label("covariates, factors", where)))
        notes.setdefault(sums[-1].key, Note(Label("a target, moments", where)))
    return {"prepared": tuple(factors), "moments": tuple(sums)}


def _part(read: Read, position: int) -> Source:
    """The part of a column that is of a fold; the whole column where it has no parts."""
    return read[position] if isinstance(read, tuple) else read
