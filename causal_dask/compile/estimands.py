"""Scores of average effects of several populations, as nodes."""

from __future__ import annotations

from typing import Literal

from causal_dask.compile import answers
from causal_dask.compile.answers import Rows
from causal_dask.compile.compiler import Compiler
from causal_dask.formulas.estimands import of_controls, of_overlap, of_treated
from causal_dask.formulas.sensitivity import bias_parts
from causal_dask.graph.node import Node, Read, node
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
    learner, study = compiler.learner, compiler.study
    propensity = next(step for step in learner.models if step.role == "propensity")
    outcome = learner.outcome or Ref("")  # checked before: a score needs an outcome model
    parts = []
    for k in study.contrasts:
        reads: dict[str, Read] = {
            "y": compiler.value(Ref("y"), None, rows),
            "w": compiler.value(Ref("w"), None, rows),
            "outcome_control": compiler.value(outcome, 0, rows),
            "outcome_treated": compiler.value(outcome, k, rows),
            "propensities": compiler.value(Ref(propensity.name), None, rows),
        }
        threshold = study.options["clipping_threshold"]
        made = node(PARTS[estimand], reads, variant=k, clipping_threshold=threshold)
        compiler.notes[made.key] = compiler.noter.answer(f"{estimand} score")
        parts.append(made)
    return node(stack_parts, {"parts": tuple(parts)})


def bias_scores(compiler: Compiler, rows: Rows) -> Node:
    """The parts of the bias that an omitted confounder can have, (n, K - 1, 2)."""
    learner, study = compiler.learner, compiler.study
    propensity = next(step for step in learner.models if step.role == "propensity")
    outcome = learner.outcome or Ref("")  # checked before: a score needs an outcome model
    outcomes = tuple(compiler.value(outcome, k, rows) for k in range(study.n_variants))
    parts = []
    for k in study.contrasts:
        reads: dict[str, Read] = {
            "y": compiler.value(Ref("y"), None, rows),
            "w": compiler.value(Ref("w"), None, rows),
            "outcomes": outcomes,
            "propensities": compiler.value(Ref(propensity.name), None, rows),
        }
        threshold = study.options["clipping_threshold"]
        made = node(bias_parts, reads, variant=k, clipping_threshold=threshold)
        compiler.notes[made.key] = compiler.noter.answer("bias score")
        parts.append(made)
    return node(stack_parts, {"parts": tuple(parts)})
