"""What a metalearner is, as data: models, formulas, and what each one reads."""

from causal_dask.spec.learner import (
    EffectStack,
    Formula,
    Learner,
    Model,
    Ref,
    control,
    every,
    formula,
    treated,
)

__all__ = [
    "EffectStack",
    "Formula",
    "Learner",
    "Model",
    "Ref",
    "control",
    "every",
    "formula",
    "treated",
]
