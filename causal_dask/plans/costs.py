"""The seconds that nodes take: measured, derived from rows and nodes like them, or guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from causal_dask.errors import InvalidInput
from causal_dask.graph.note import NO_NOTE, Note, Notes

SMALL = 1e-4
"""Seconds of a node that was neither measured nor guessed: what starting any task takes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds that nodes took before: by key, and per row by what they are called."""

    seconds: Mapping[str, float]
    per_row: Mapping[tuple[str, str], float]


NOTHING_MEASURED = Measured({}, {})


def costs(names: Mapping[str, str], notes: Notes, measured: Measured) -> dict[str, float]:
    """Seconds of each node: as it was measured, else as nodes like it took, else a guess.

    ``names`` are those of the nodes' functions.
    """
    if not measured.seconds:
        return {key: _guess(notes.get(key, NO_NOTE)) for key in names}
    return {key: _cost(key, name, notes.get(key), measured) for key, name in names.items()}


def likeness(name: str, model: str) -> tuple[str, str]:
    """What nodes have in common that take the same time per row: the function and the model."""
    return (name, model)


def read_timings(timings: pd.DataFrame) -> Measured:
    """The costs in a table of timings; raises if it is not one."""
    lacking = [name for name in ("key", "task", "model", "rows", "seconds") if name not in timings]
    if lacking:
        raise InvalidInput(
            f"'timings' lacks the columns {lacking}. Pass the 'timings_' of a fitted learner."
        )
    seconds = dict(zip(timings["key"], timings["seconds"].astype(float), strict=True))
    known = timings[timings["rows"].notna() & (timings["rows"] != 0)]
    alike = map(likeness, known["task"], known["model"])
    return Measured(seconds, per_row(zip(alike, known["rows"], known["seconds"], strict=True)))


def per_row(known: Iterable[tuple[tuple[str, str], int, float]]) -> dict[tuple[str, str], float]:
    """Seconds per row of tasks that are alike: all their seconds over all their rows."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    n_rows: dict[tuple[str, str], int] = defaultdict(int)
    for alike, rows, taken in known:
        seconds[alike] += taken
        n_rows[alike] += rows
    return {alike: seconds[alike] / n_rows[alike] for alike in seconds}


def _cost(key: str, name: str, note: Note | None, measured: Measured) -> float:
    if key in measured.seconds:
        return max(measured.seconds[key], SMALL)
    if note is None or note.work is None:
        return SMALL
    per_row = measured.per_row.get(likeness(name, note.label.group))
    return _guess(note) if per_row is None else max(note.work.rows * per_row, SMALL)


def _guess(note: Note) -> float:
    return SMALL if note.work is None else max(note.work.guess, SMALL)
