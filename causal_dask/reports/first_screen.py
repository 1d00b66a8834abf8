"""What is seen first: average effects in words and on one scale, overlap as a traffic light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from causal_dask.display import by_error, listed
from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.overlap import OverlapReport, overlap_report
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.reports import figures
from causal_dask.reports.contents import Contents, Study
from causal_dask.reports.numbers import number, percent
from causal_dask.reports.tables import PageTable, shown

POPULATIONS = {
    "ATT": "those who received the treatment",
    "ATC": "the controls",
    "ATO": "those who might or might not get it (overlap weights)",
}
"""Whose effects are averaged."""

MANY_OUTSIDE, FEW_OUTSIDE = 0.1, 0.01
"""Shares of a variant's rows beyond the bounds: from the first overlap is poor, to the second good.

The page on overlap calls a model that puts a tenth of the rows beyond the bounds too extreme.
"""

FEW_EFFECTIVE, MANY_EFFECTIVE = 0.25, 0.5
"""Shares of a variant's rows in effect after weighting: below the first, overlap is poor."""


Overlap = tuple[str, OverlapReport] | str
"""The overlap by a learner, with its name; or why there is none."""

SHORT = 2
"""Digits of the error by which numbers in sentences are rounded; elsewhere there is one more."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An average effect: what it is, the estimate and its interval as numbers and as words.

    ``places`` are these numbers on a scale, in %.
    """

    learners: str
    contrast: str
    numbers: tuple[float, float, float]
    words: tuple[str, ...]
    sentence: str
    places: tuple[float, ...] = (0.0, 0.0, 0.0)
    colour: int = 1

    @property
    def interval(self) -> str:
        """The ends of the interval."""
        return f"{self.words[1]} to {self.words[2]}"


@dataclass(frozen=True, slots=True)
class Scale:
    """Average effects on one scale, places and words of its ticks, and the same as tables."""

    title: str
    effects: tuple[Effect, ...]
    zero: float
    ticks: tuple[tuple[float, str], ...]
    tables: tuple[PageTable, ...]


@dataclass(frozen=True, slots=True)
class Light:
    """How well variants overlap: a colour, a word, and what that rests on."""

    colour: str
    word: str
    sentence: str


def grouped(ate: Mapping[str, ATEResult]) -> list[tuple[list[str], ATEResult]]:
    """Average effects, each once, with the names of all learners that it is from."""
    groups: list[tuple[list[str], ATEResult]] = []
    for name, each in ate.items():
        same = [names for names, other in groups if _is_same(each, other)]
        if same:
            same[0].append(name)
        else:
            groups.append(([name], each))
    return groups


def _is_same(one: ATEResult, other: ATEResult) -> bool:
    """Whether two average effects are of the same scores, up to the order of a sum."""
    pairs = ((one.estimate, other.estimate), (one.covariance, other.covariance))
    return all(np.allclose(a, b, rtol=1e-9, atol=0, equal_nan=True) for a, b in pairs)


def scale_of(contents: Contents, ate: Mapping[str, ATEResult], title: str) -> Scale | None:
    """The average effects of an estimand on one scale; none if there are none."""
    groups, level = [(listed(names), each) for names, each in grouped(ate)], contents.level
    found = [each for group in groups for each in _effects(contents.study, group, level)]
    if not found:
        return None
    low, high = _ends(found)
    placed = tuple(_placed(each, low, high) for each in found)
    file = title.partition(":")[0].replace(" ", "_").lower()
    tables = tuple(shown(f"{file}_{names}".replace(" ", "_"), names, each.to_frame(level))
                   for names, each in groups)  # fmt: skip
    ticks = tuple((_place(at, low, high), number(at)) for at in figures.ticks(low, high))
    return Scale(title, placed, _place(0, low, high), ticks, tables)


def _ends(effects: list[Effect]) -> tuple[float, float]:
    """The ends of a scale that has all intervals and 0 on it."""
    bounds = [bound for each in effects for bound in each.numbers]
    low, high = min(0.0, np.nanmin(bounds)), max(0.0, np.nanmax(bounds))
    margin = 0.06 * (high - low) or 1.0
    return float(low - margin), float(high + margin)


def _place(value: float, low: float, high: float) -> float:
    """Where a value is on a scale, in %; what has no value is at its start."""
    return float(np.nan_to_num(100 * (value - low) / (high - low)))


def _placed(effect: Effect, low: float, high: float) -> Effect:
    return replace(effect, places=tuple(_place(number, low, high) for number in effect.numbers))


def _effects(study: Study, group: tuple[str, ATEResult], level: float) -> list[Effect]:
    """One effect for each treatment."""
    names, ate = group
    found = []
    for position, (label, row) in enumerate(ate.to_frame(level).iterrows(), start=1):
        contrast = f"{study.treatment} {label} against {ate.variants[0]}"
        sentence = _sentence(study, ate, label, row, level)
        numbers = float(row["estimate"]), float(row["lower"]), float(row["upper"])
        words = tuple(by_error(numbers, row["standard_error"]))
        found.append(Effect(names, contrast, numbers, words, sentence, colour=position))
    return found


def _sentence(study: Study, ate: ATEResult, label: Any, row: Any, level: float) -> str:
    """What an average effect says, or that the data do not say which sign it has."""
    who = f"{study.treatment} {label} instead of {ate.variants[0]}"
    is_share = ate.event is not None
    what = f"the probability of {ate.event} ({study.outcome})" if is_share else study.outcome
    numbers = abs(row["estimate"]), row["lower"], row["upper"]
    size, low, high = by_error(numbers, row["standard_error"], SHORT)
    interval = f"{percent(level)} interval: {low} to {high}"
    if not (row["lower"] > 0 or row["upper"] < 0):
        return (
            f"The data do not show whether {who} raises or lowers {what} on average ({interval})."
        )
    verb = "raises" if row["estimate"] > 0 else "lowers"
    (in_percent,) = by_error([100 * numbers[0]], 100 * row["standard_error"], SHORT)
    points = f", that is {in_percent} percentage points" if is_share else ""
    return f"On average, {who} {verb} {what} by {size}{points} ({interval})."


def overlap_of(learners: Mapping[str, MetaLearner]) -> Overlap:
    """The first learner with propensities, and their overlap; or why there is none."""
    for name, learner in learners.items():
        if learner.declaration.has_propensities:
            try:
                return name, overlap_report(learner)
            except InvalidInput as error:
                return str(error)
    return "No learner here has propensities, which overlap is judged by. Add a DR- or X-learner."


def light_of(report: OverlapReport) -> Light:
    """How well variants overlap, by the variant for which it is worst."""
    table = report.summary
    outside = float(table["share_outside"].max())
    effective = float((table["effective_rows"] / table["rows"]).min())
    told = (
        f"{_beyond(report, outside)}, and weighting leaves at least {percent(effective)} of each "
        "variant's rows in effect."
    )
    if outside > MANY_OUTSIDE or effective < FEW_EFFECTIVE:
        return Light("red", "poor", f"Estimates rest on few rows, or on extrapolation: {told}")
    if outside > FEW_OUTSIDE or effective < MANY_EFFECTIVE:
        return Light("amber", "fair", f"Some rows have few like them in another group: {told}")
    return Light("green", "good", f"Comparable rows received each variant: {told}")


def _beyond(report: OverlapReport, outside: float) -> str:
    """How many rows are beyond the bounds, in words; without bounds, the smallest propensity."""
    low, high = report.bounds
    if not low:
        smallest = float(report.quantiles["0%"].min())
        return f"propensities are not clipped, the smallest is {number(smallest)}"
    between = f"[{low:.3g}, {high:.3g}]"
    if not outside:
        return f"no row has a propensity outside {between}"
    rows = f"up to {percent(outside)} of a variant's rows"
    return f"{rows} have a propensity outside {between}"
