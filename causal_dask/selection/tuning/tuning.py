"""What a tuning has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from causal_dask.display import Block, Shown
from causal_dask.estimators.metalearner import MetaLearner


@dataclass(frozen=True, eq=False, repr=False)
class Tuning(Shown):
    """The settings that a tuning has found.

    Attributes
    ----------
    learner : learner
        Unfitted, with the best settings in its base models.
    best : dict of str to dict
        The best settings of each model kind.
    table : DataFrame
        A row for each trial and rung: ``model_kind``, ``trial``, ``share`` of the rows or trees,
        ``loss`` (mean squared error or log loss, out of fold), the settings, and ``error``.
    stopped : dict of str to str
        Why the tuning of a kind ended before all trials, if it did.
    n_fits : int
        The number of fits.
    """

    learner: MetaLearner
    best: Mapping[str, Mapping[str, Any]]
    table: pd.DataFrame
    stopped: Mapping[str, str]
    n_fits: int

    def _parts(self) -> list[Block]:
        if not self.best:
            return ["Each fit searches for settings on its own rows, when the learner is fitted."]
        sentences = [f"{kind}: {_in_words(best)}" for kind, best in self.best.items()]
        ended = [f"{kind} ended before all trials: {why}" for kind, why in self.stopped.items()]
        return [f"Best settings, found in {self.n_fits:,} fits", *sentences, *ended, self.table]


def _in_words(settings: Mapping[str, Any]) -> str:
    """Settings as they are written in a call."""
    return ", ".join(f"{name}={value!r}" for name, value in settings.items()) or "as they were"
