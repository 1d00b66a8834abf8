"""Successive halving: many trials with little, the best of them with more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput
from causal_dask.selection.held_out import check_in_memory, hold_out
from causal_dask.study.request import Given

KEPT = 3
"""One in so many trials goes on, and gets so much more."""

FEWEST_ROWS = 500
"""Rungs on fewer rows tell nothing of how a model does on all of them."""

TREES = ("n_estimators", "max_iter", "iterations", "max_trees")
"""What models call their number of trees."""


@dataclass(frozen=True, slots=True)
class Rung:
    """The share of the rows, or of the trees, and how many of the trials get it."""

    share: float
    n_trials: int


def rungs(n_trials: int, least: float) -> list[Rung]:
    """The rungs from few to all of it: at each, a third of the trials and three times as much."""
    n_rungs = 1 + max(
        0, min(math.floor(math.log(n_trials, KEPT)), math.floor(math.log(1 / least, KEPT)))
    )
    shares = [KEPT ** -(n_rungs - 1 - r) for r in range(n_rungs)]
    counts = [max(1, math.ceil(n_trials / KEPT**r)) for r in range(n_rungs)]
    return [Rung(share, count) for share, count in zip(shares, counts, strict=True)]


def survivors(losses: Sequence[float | None], models: Sequence[str], n: int) -> list[int]:
    """The positions of the trials that go on: the best, and the best of each class of models.

    Few rows favour simple models. So that a flexible one is not dropped for a lack of rows that it
    will not have in the end, each class stays in with its best trial.
    """
    known = [(loss, p) for p, loss in enumerate(losses) if loss is not None]
    ranked = [p for _, p in sorted(known)]
    best_of_class = {models[p]: p for p in reversed(ranked)}
    kept = dict.fromkeys([*ranked[:n], *(best_of_class[name] for name in sorted(best_of_class))])
    return sorted(kept)


def some_rows(given: Given, share: float, seed: int) -> Given:
    """A share of the rows, with every variant."""
    return given if share >= 1 else hold_out(given, share, seed, "resource")[1]


def with_trees(model: Any, settings: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Settings with a share of the trees that the model would have."""
    parameters = {**model.get_params(deep=True), **settings}
    names = [n for n in parameters if n.rpartition("__")[2] in TREES and parameters[n] is not None]
    if not names:
        raise InvalidInput(
            f"Halving on trees needs a model with a number of trees, and {type(model).__name__} "
            "has none that is set. Set n_estimators, or use resource='rows'."
        )
    name = min(names, key=len)
    return {**settings, name: max(1, int(np.ceil(share * parameters[name])))}


def least_share(given: Given) -> float:
    """The smallest share of the rows that a rung may have; raises if none can be drawn of them."""
    check_in_memory(given, "resource")
    return min(1.0, FEWEST_ROWS / given.X.n_rows)
