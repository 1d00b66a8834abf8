"""The node of a declaration's formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.spec.learner import VARIANT, Formula, Ref
from causal_dask.study.study import Study


def formula(
    step: Formula, variant: int | None, study: Study, value: Callable[[Ref, int | None], Source],
    **also: Read,
) -> Node:  # fmt: skip
    """The node of a formula whose inputs ``value`` finds; ``also`` replaces some or adds others."""
    reads: dict[str, Read] = {}
    constants = {name: study.options[name] for name in step.options}
    for word, ref in step.reads:
        if ref.name == VARIANT:
            constants[word] = variant
        elif word in also:
            continue
        elif ref.at == "every":
            same = replace(ref, at="same")
            reads[word] = tuple(value(same, k) for k in study.contrasts)
        else:
            reads[word] = value(ref, variant)
    return node(step.compute, reads | also, **constants)
