"""What questions to judged effects have in common."""

from __future__ import annotations

from typing import Any

import pandas as pd

from causal_dask.errors import InvalidType
from causal_dask.fitted.judged_effects import JudgedEffects


def checked(judged: Any, name: str = "judged") -> JudgedEffects:
    """The judged effects that were passed; says how to make them otherwise."""
    if isinstance(judged, JudgedEffects):
        return judged
    raise InvalidType(
        f"'{name}' must be the effects of a fitted learner that can be judged: "
        f"learner.judged_effects(X). Got {type(judged).__name__}."
    )


def by_treatment(judged: JudgedEffects) -> pd.Index[Any]:
    """The treatments, as an index."""
    return pd.Index(judged.variants[1:], name="variant", tupleize_cols=False)


def groups_and_treatments(labels: list[Any], judged: JudgedEffects, name: str) -> pd.MultiIndex:
    """Labels, and in each the treatments."""
    pairs = [(label, variant) for label in labels for variant in judged.variants[1:]]
    return pd.MultiIndex.from_tuples(pairs, names=[name, "variant"])
