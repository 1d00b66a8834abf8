"""What a tuning has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from causal_dask.estimators.metalearner import MetaLearner


@dataclass(frozen=True, eq=False)
class Tuning:
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
    table: pd.DataFrame = field(repr=False)
    stopped: Mapping[str, str]
    n_fits: int
