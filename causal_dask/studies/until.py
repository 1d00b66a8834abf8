"""Go on with a study until its Monte Carlo errors are small."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.studies.results import StudyResults

LEAST = 10
"""Replications from which an error is trusted."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The largest Monte Carlo error of each measure; of all, under the name None."""

    errors: Mapping[str | None, float]
    measures: Sequence[str]

    def further(
        self,
        results: StudyResults,
        settings: Sequence[Mapping[str, Any]],
        counts: Mapping[int, int],
    ) -> dict[int, int]:
        """The replications that settings need which have not reached the goal.

        Errors fall with the square root of the number; a tenth more is run, as they are estimated.
        """
        found = {}
        for s, setting in enumerate(settings):
            factor = self._factor(_of_setting(results.table, setting))
            if factor > 1:
                found[s] = max(math.ceil(counts[s] * factor), LEAST)
        return found

    def unjudged(self, results: StudyResults) -> list[str]:
        """The measures whose errors cannot be known, as values of them have failed or are none."""
        found = [
            measure
            for measure, values in self._judged(
                results.table, [*results.settings, "learner", "measure"]
            )
            if not np.isfinite(values).any() or np.isinf(values).any()
        ]
        return list(dict.fromkeys(found))

    def _factor(self, table: pd.DataFrame) -> float:
        """How many times the replications are needed; 1 or less if they are enough."""
        if table.empty:
            return 2.0  # a part that has none yet
        judged = self._judged(table, ["learner", "measure"])
        return max((_factor_of(values, self._of(m) or 1.0) for m, values in judged), default=0.0)

    def _judged(self, table: pd.DataFrame, by: list[str]) -> list[tuple[str, Any]]:
        """Names of measures that have a goal, with their values by group."""
        groups = table.groupby(by, sort=False, dropna=False)["value"]
        named = [(str(key[-1]), values.to_numpy(dtype=float)) for key, values in groups]
        return [(measure, values) for measure, values in named if self._of(measure) is not None]

    def _of(self, measure: str) -> float | None:
        return self.errors.get(None) or self.errors.get(_base(measure, self.measures))


def _base(name: str, measures: Sequence[str]) -> str:
    """The measure of which a name is made: of 'rmse 2', which is of a second treatment, 'rmse'."""
    made_of = [each for each in measures if name == each or name.startswith(f"{each} ")]
    return max(made_of, key=len, default=name)


def _factor_of(values: Any, goal: float) -> float:
    """How many times its replications a measure needs."""
    known = values[~np.isnan(values)]
    if len(known) < LEAST:  # of one replication no error is known
        is_hopeless = not len(known) and len(values) >= LEAST
        return 0.0 if is_hopeless else LEAST / max(len(known), LEAST / 2)
    ratio = _error(known) / goal
    return float(max(1.1 * ratio**2, 1.1)) if ratio > 1 else 0.0


def _error(known: Any) -> float:
    """The Monte Carlo error; of a share, not less than that of one with two more of each value.

    Of ten times 1 the standard deviation is 0, yet the share is not known to be 1 (Agresti and
    Coull 1998).
    """
    error = float(known.std(ddof=1) / math.sqrt(len(known)))
    if not np.isin(known, (0, 1)).all():
        return error
    share = (known.sum() + 2) / (len(known) + 4)
    return max(error, math.sqrt(share * (1 - share) / (len(known) + 4)))


def _of_setting(table: pd.DataFrame, setting: Mapping[str, Any]) -> pd.DataFrame:
    for name, value in setting.items():
        table = table[table[name].isna() if value is None else table[name] == value]
    return table


def goal_of(until: Any, measures: Sequence[str]) -> Goal:
    """The goal that an argument of ``run`` sets."""
    given = until.get("mc_error") if isinstance(until, Mapping) and len(until) == 1 else None
    errors: Mapping[Any, Any] = given if isinstance(given, Mapping) else {None: given}
    for name, error in errors.items():
        is_number = isinstance(error, Real) and not isinstance(error, bool)
        if not is_number or not error > 0 or not (name is None or name in measures):
            raise InvalidInput(
                "'until' must be {'mc_error': 0.01}, or {'mc_error': {'rmse': 0.01}} with measures "
                f"out of {list(measures)}. Got {until!r}."
            )
    return Goal({name: float(error) for name, error in errors.items()}, measures)
