"""What was run, when, where and for how long: a table for people, and costs for the next plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from causal_dask.declared import saved
from causal_dask.graph.label import Label
from causal_dask.graph.node import Node, sources
from causal_dask.graph.note import FitKeys, Note, Notes
from causal_dask.plans.costs import Measured, likeness, per_row
from causal_dask.plans.plan import Plan
from causal_dask.plans.speedups import speedup
from causal_dask.runtime.results import Timing, timing_of, timings_in

COLUMNS = ("label", "stage", "task", "start", "end", "seconds", "worker", "thread", "rows",
           "memory", "key", "model")  # fmt: skip


@saved("Ran")
@dataclass(frozen=True, slots=True)
class Ran:
    """One task that ran: its function, its label, its number of rows if known, its timing."""

    call: str
    label: Label
    rows: int | None
    timing: Timing


@dataclass(frozen=True, slots=True)
class Names:
    """What the outputs of a plan are called, and which of them are timings of which other nodes."""

    calls: Mapping[str, str]
    notes: Notes
    timings: Mapping[str, str]
    fits: tuple[FitKeys, ...] = ()

    @property
    def labels(self) -> dict[str, Label]:
        """The labels of the outputs, by key."""
        return {key: note.label for key, note in self.notes.items()}


def names_of(plan: Plan) -> Names:
    """The names of a plan's outputs, without its data."""
    outputs = [made for made in plan.outputs if isinstance(made, Node)]
    timings = {made.key: _read_key(made) for made in outputs if made.run is timing_of}
    timed = [read for made in outputs if made.run is timing_of for read in sources(made)]
    called = {made.key: made.name for made in (*outputs, *timed) if isinstance(made, Node)}
    return Names(called, plan.notes, timings, plan.fits)


def record_runs(of: Names, results: Mapping[str, Any]) -> dict[str, Ran]:
    """What each task called, where and for how long it ran, from the results of a run."""
    timings = timings_in(results)
    for key, read in of.timings.items():
        if isinstance(results[key], Timing):
            timings[read] = results[key]
    return {
        key: Ran(call, note.label, note.work.rows if note.work else None, timing)
        for key, timing in timings.items()
        for call in ["load" if timing.loaded else of.calls[key]]
        for note in [of.notes.get(key, Note(Label(call)))]
    }


def as_table(of: Mapping[str, Ran]) -> pd.DataFrame:
    """A row per task, in the order of their starts; times count from the first."""
    rows = sorted(of.items(), key=lambda pair: pair[1].timing.start)
    origin = rows[0][1].timing.start if rows else 0.0
    return pd.DataFrame([_row(key, each, origin) for key, each in rows], columns=list(COLUMNS))


def measure(of: Mapping[str, Ran]) -> Measured:
    """The costs of these tasks, for plans that have them or others like them."""
    seconds = {key: _on_one_thread(each) for key, each in of.items()}
    known = [
        (likeness(each.call, each.label.group), each.rows, seconds[key])
        for key, each in of.items()
        if each.rows
    ]
    return Measured(seconds, per_row(known))


def _on_one_thread(of: Ran) -> float:
    """About how long a task would have taken on one thread."""
    return of.timing.seconds * speedup("xgboost", of.rows or 0, of.timing.threads)


def _read_key(report: Node) -> str:
    (read,) = report.reads.values()
    return read.key if not isinstance(read, tuple) else ""


def _row(key: str, each: Ran, origin: float) -> tuple[Any, ...]:
    timing = each.timing
    start = timing.start - origin
    return (
        str(each.label), each.label.stage, each.call, start, start + timing.seconds,
        timing.seconds, timing.worker, timing.thread, each.rows, timing.memory, key,
        each.label.group,
    )  # fmt: skip
