"""Go on with a study until its Monte Carlo errors are small."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.studies.results import StudyResults, level_of

LEAST = 10
"""Replications from which an error is trusted."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The largest Monte Carlo error of each measure; of all, under the name None."""

    errors: Mapping[str | None, float]

    def further(
        self,
        results: StudyResults,
        settings: Sequence[Mapping[str, Any]],
        counts: Mapping[int, int],
    ) -> dict[int, int]:
        """The replications that settings need which have not reached the goal.

        Errors fall with the square root of the number; a tenth more is run, as they are estimated.
        """
        summary = results.summary().reset_index()
        found = {}
        for s, setting in enumerate(settings):
            ratio = self._ratio(_of_setting(summary, setting))
            if counts[s] < LEAST:  # of one replication no error is known
                found[s] = LEAST
            elif ratio > 1:
                found[s] = math.ceil(counts[s] * max(1.1 * ratio**2, 1.1))
        return found

    def _ratio(self, summary: pd.DataFrame) -> float:
        """The largest Monte Carlo error in units of its goal; 0 if none counts."""
        errors = zip(summary["measure"], summary["mc_error"], strict=True)
        ratios = [
            error / goal
            for measure, error in errors
            if (goal := self._of(measure)) and math.isfinite(error)
        ]
        return max(ratios, default=0.0)

    def _of(self, measure: str) -> float | None:
        return self.errors.get(None) or self.errors.get(measure)


def _of_setting(summary: pd.DataFrame, setting: Mapping[str, Any]) -> pd.DataFrame:
    for name, value in setting.items():
        level = summary[level_of(name)]
        summary = summary[level.isna() if value is None else level == value]
    return summary


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
    return Goal({name: float(error) for name, error in errors.items()})
