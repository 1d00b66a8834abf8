"""Whether data come from the random numbers that they are to come from: they are drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from causal_dask.errors import CausalDaskWarning, warn
from causal_dask.studies.drawn import Drawn, Generate, draw
from causal_dask.studies.replication import Replication, seed_of


def warn_of_random_numbers(generate: Generate, setting: Mapping[str, Any], seed: int) -> None:
    """Warn if data differ where the seed does not, or do not where it does."""
    first, again, other = (
        draw(generate, setting, seed_of(seed, Replication(setting, number)).spawn(1)[0])
        for number in (0, 0, 1)
    )
    if not _are_equal(first, again):
        warn(
            f"In the setting {dict(setting)}, 'generate' gives other data when it is called again "
            "with the same random numbers, so that the study cannot be repeated. Draw all of them "
            "from the generator that it gets.",
            CausalDaskWarning,
        )
    elif _are_equal(first, other):
        warn(
            f"In the setting {dict(setting)}, 'generate' gives the same data in each replication, "
            "so that Monte Carlo errors mean nothing. Draw them from the generator that it gets.",
            CausalDaskWarning,
        )


def _are_equal(one: Drawn, other: Drawn) -> bool:
    pairs = ((one.X, other.X), (one.y, other.y), (one.w, other.w))
    return all(_is_same(*pair) for pair in pairs)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two tables or columns in memory are equal; of others, whether they are written so."""
    if isinstance(one, str) or not hasattr(one, "__array__"):
        return repr(one) == repr(other)
    return pd.DataFrame(one).equals(pd.DataFrame(other))
