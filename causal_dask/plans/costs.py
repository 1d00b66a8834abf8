"""What a node costs: how many rows it works on, and for how long, measured or guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from causal_dask.graph.label import Label

SMALL = 1e-4
"""Seconds of a node that no one has measured or guessed: what it takes to start any task."""


@dataclass(frozen=True, slots=True)
class Work:
    """The rows of a fit or a prediction, and a guess at its seconds on one thread."""

    rows: int
    guess: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds that nodes took before: by key, and per row by what they are called."""

    seconds: Mapping[str, float]
    per_row: Mapping[tuple[str, str], float]


NOTHING_MEASURED = Measured({}, {})


def costs(
    calls: Mapping[str, str],
    work: Mapping[str, Work],
    labels: Mapping[str, Label],
    measured: Measured,
) -> dict[str, float]:
    """Seconds of each node, whose function ``calls`` names: as measured, or as others like it
    were, or by a guess.
    """
    if not measured.seconds:
        return {key: max(work[key].guess, SMALL) if key in work else SMALL for key in calls}
    return {key: _cost(key, calls[key], work.get(key), labels, measured) for key in calls}


def likeness(call: str, label: Label) -> tuple[str, str]:
    """What nodes have in common that take as long per row as each other."""
    return (call, label.group)


def measured_in(timings: pd.DataFrame) -> Measured:
    """The costs in a table of timings."""
    seconds = dict(zip(timings["key"], timings["seconds"].astype(float), strict=True))
    known = timings[timings["rows"].notna() & (timings["rows"] != 0)]
    groups = known["label"].str.rpartition(", ")[0]
    alike = zip(known["task"], groups, strict=True)
    return Measured(seconds, per_row(zip(alike, known["rows"], known["seconds"], strict=True)))


def per_row(known: Iterable[tuple[tuple[str, str], int, float]]) -> dict[tuple[str, str], float]:
    """Seconds per row of the tasks that are alike."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    n_rows: dict[tuple[str, str], int] = defaultdict(int)
    for alike, rows, taken in known:
        seconds[alike] += taken
        n_rows[alike] += rows
    return {alike: seconds[alike] / n_rows[alike] for alike in seconds}


def _cost(
    key: str, call: str, work: Work | None, labels: Mapping[str, Label], measured: Measured
) -> float:
    if key in measured.seconds:
        return max(measured.seconds[key], SMALL)
    if work is None:
        return SMALL
    per_row = measured.per_row.get(likeness(call, labels[key])) if key in labels else None
    return max(work.guess if per_row is None else work.rows * per_row, SMALL)
