"""Where propensities are clipped, if the user does not say."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from causal_dask.errors import InvalidInput
from causal_dask.study.known_propensities import are_known

SHARED_OUT = 0.02
"""The default threshold times the number of variants: 0.01 at two, as DoubleML's.

With many variants each is rare: at a fixed 0.01, 120 equal ones would all be clipped.
"""


def check_threshold(threshold: Any, owner: str) -> None:
    """Raise unless the threshold is None or can be used."""
    number = isinstance(threshold, Real) and not isinstance(threshold, bool)
    if threshold is not None and (not number or not 0 < threshold < 0.5):
        raise InvalidInput(
            f"The 'clipping_threshold' parameter of {owner} must be a number between 0 and 0.5. "
            f"Got {threshold!r} instead."
        )


def threshold_for(
    asked: float | None, n_variants: int, models: Mapping[str, Any], known: Mapping[str, Any]
) -> float:
    """The threshold asked for; by default by the number of variants, 0 for known propensities.

    ``models`` are the estimators by kind, ``known`` the values that stand for others.
    """
    if asked is not None:
        return asked
    by_design = known or any(are_known(model) for model in models.values())
    return 0.0 if by_design else SHARED_OUT / n_variants
