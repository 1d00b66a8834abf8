"""Scores of average effects of several populations, as nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows
from causal_dask.compile.compiler import Compiler
from causal_dask.formulas.estimands import of_controls, of_overlap, of_treated
from causal_dask.formulas.sensitivity import bias_parts
from causal_dask.graph.node import Node, Read, Source, node
from causal_dask.spec.learner import Ref
from causal_dask.tasks.answers import stack_parts

Estimand = Literal["ATE", "ATT", "ATC", "ATO"]

PARTS = {"ATT": of_treated, "ATC": of_controls, "ATO": of_overlap}
"""The formula of each estimand other than the ATE, whose score a declaration has."""

ESTIMANDS = ("ATE", *PARTS)


def estimand_scores(compiler: Compiler, rows: Rows, estimand: Estimand) -> Node:
    """The scores of each contrast, (n, K - 1); with their shares (n, K - 1, 2) but for the ATE."""
    if estimand == "ATE":
        return answers.scores(compiler, rows)

    def outcomes(k: int) -> dict[str, Read]:
        return {
            "outcome_control": _outcome(compiler, rows, 0),
            "outcome_treated": _outcome(compiler, rows, k),
        }

    return _by_contrast(compiler, rows, PARTS[estimand], outcomes, f"{estimand} score")


def bias_scores(compiler: Compiler, rows: Rows) -> Node:
    """The parts of the bias that an omitted confounder can have, (n, K - 1, 3)."""
    every = tuple(_outcome(compiler, rows, k) for k in range(compiler.study.n_variants))
    return _by_contrast(compiler, rows, bias_parts, lambda _: {"outcomes": every}, "bias score")


def _by_contrast(
    compiler: Compiler, rows: Rows, compute: Callable[..., Any],
    outcomes: Callable[[int], dict[str, Read]], name: str,
) -> Node:  # fmt: skip
    """A formula of outcomes and propensities for each contrast, side by side."""
    propensity = Ref(compiler.learner.propensity or "")  # checked before: a score needs one
    threshold = compiler.study.options["clipping_threshold"]
    parts = []
    for k in compiler.study.contrasts:
        reads: dict[str, Read] = {
            "y": compiler.value(Ref("y"), None, rows),
            "w": compiler.value(Ref("w"), None, rows),
            "propensities": compiler.value(propensity, None, rows),
            **outcomes(k),
        }
        made = node(compute, reads, variant=k, clipping_threshold=threshold)
        compiler.notes[made.key] = compiler.noter.answer(name)
        parts.append(made)
    return node(stack_parts, {"parts": tuple(parts)})


def _outcome(compiler: Compiler, rows: Rows, variant: int) -> Source:
    """The outcome model's prediction for a variant; a score was checked to need one."""
    return compiler.value(compiler.learner.outcome or Ref(""), variant, rows)
