"""The weights that a fit has given to the candidates of its stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.fitted.fitted import Fitted
from causal_dask.runtime.run import gather
from causal_dask.spec.join import learner_of
from causal_dask.spec.learner import EffectStack, Stack
from causal_dask.spec.stacks import candidate_of

CONSTANT = "constant"
"""The effect of 1 in every row, which R-stacking may add."""

COLUMNS = ("model_kind", "variant", "repeat", "candidate", "weight")


def stack_weights(fitted: Fitted) -> Mapping[tuple[int, str, int | None], tuple[Any, Any]]:
    """By repeat, stack and owner: the candidates and their weights."""
    found = {}
    for repeat, study in enumerate(fitted.prepared.studies):
        compiler = Compiler(fitted.learner, study)
        of = {step.name: _candidates(step) for step in fitted.learner.stacks}
        made = answers.stack_weights(compiler)
        values = gather(
            {n.key: fitted.results[n.key] for n in made.values() if n.key in fitted.results}
        )
        for (kind, own), node in made.items():
            if node.key in values:
                found[repeat, kind, own] = (of[kind], values[node.key])
    return found


def _candidates(step: Stack | EffectStack) -> tuple[str, ...]:
    """What is mixed; the first weight of effects is a constant."""
    if isinstance(step, Stack):
        return tuple(map(candidate_of, step.of))
    return (CONSTANT, *(learner_of(name) for name in step.of))


def as_table(fitted: Fitted) -> pd.DataFrame:
    """A row for each candidate of each stack, with the label of the variant it is about."""
    labels = fitted.prepared.variants
    rows = [
        (kind, None if own is None else labels[own], repeat, candidate, float(weight))
        for (repeat, kind, own), (candidates, weights) in stack_weights(fitted).items()
        for candidate, weight in zip(candidates, weights, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"variant": object})
