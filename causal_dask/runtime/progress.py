"""How far a plan has come: its fits by stage and the time left. ``displays`` show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import dask

from causal_dask.graph.node import Node
from causal_dask.graph.note import NO_NOTE, Kind
from causal_dask.plans.plan import Plan
from causal_dask.runtime.displays import Progress, display_here
from causal_dask.runtime.results import timing_of
from causal_dask.runtime.task import store_of

PROGRESS = "causal_dask.progress"
"""The setting of Dask that turns progress off, if it is False."""


DELAY = 2.0
"""Seconds before anything is shown: a quick fit needs no progress."""


class Tell(Protocol):
    """Hears that the task which ran under a key has finished, and whether it failed."""

    def __call__(self, key: Hashable, *, failed: bool = False) -> None:
        """Note it."""


@contextmanager
def follow(plan: Plan) -> Iterator[Tell]:
    """Show how far the plan has come while a block runs and tells which tasks have finished."""
    fits = _fits(plan)
    if not fits or not dask.config.get(PROGRESS, True):
        yield _ignore
        return
    tally, finished = Tally(plan, fits), threading.Event()
    thread = threading.Thread(target=_show, args=(tally, finished), daemon=True)
    thread.start()
    try:
        yield tally.tell
    finally:
        finished.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit to be done: its stage, and the seconds it may take; 0 if it is in a store."""

    stage: str
    seconds: float


class Tally:
    """Counts finished fits. One thread tells it, another reads it."""

    def __init__(self, plan: Plan, fits: Mapping[str, Fit]) -> None:
        self.start = time.perf_counter()
        self.fits = fits
        self.content = _content_keys(plan, fits)
        self.done: set[str] = set()
        self.failed: set[str] = set()

    def tell(self, key: Hashable, *, failed: bool = False) -> None:
        """Note that the task which ran under this key has finished."""
        content = self.content.get(key)
        if content is not None:
            self.done.add(content)
            if failed:
                self.failed.add(content)

    def progress(self) -> Progress:
        """How far the plan has come now."""
        # a copy: the other thread may add to the set meanwhile
        done, seconds = set(self.done), time.perf_counter() - self.start
        stages: dict[str, tuple[int, int]] = {}
        for key, each in self.fits.items():
            n_done, n = stages.get(each.stage, (0, 0))
            stages[each.stage] = (n_done + (key in done), n + 1)
        # what is left takes as long, relative to its guess, as what is done has taken
        paid = sum(self.fits[key].seconds for key in done)
        rest = sum(each.seconds for key, each in self.fits.items() if key not in done)
        left = seconds * rest / paid if paid else None
        return Progress(stages, seconds, left, len(self.failed))


def _fits(plan: Plan) -> dict[str, Fit]:
    """The fits that a plan has to run, or load."""
    store, costs = store_of(plan), plan.seconds
    notes = {key: plan.notes.get(key, NO_NOTE) for key in plan.nodes if key in plan.waiting}
    return {
        key: Fit(note.label.stage, 0.0 if store is not None and key in store else costs[key])
        for key, note in notes.items()
        if note.kind is Kind.FIT
    }


def _content_keys(plan: Plan, fits: Mapping[str, Fit]) -> dict[Hashable, str]:
    """The fit that has finished when a task has: itself, or the one whose timing the task gives."""
    found: dict[Hashable, str] = {plan.keys[key]: key for key in fits}
    for made in plan.outputs:
        if isinstance(made, Node) and made.run is timing_of:
            (read,) = made.reads.values()
            if not isinstance(read, tuple) and read.key in fits:
                found[plan.keys[made.key]] = read.key
    return found


def _ignore(key: Hashable, *, failed: bool = False) -> None:
    """Do nothing, where nothing is shown."""


def _show(tally: Tally, finished: threading.Event) -> None:
    """Show the progress, again and again until the run has finished."""
    if finished.wait(DELAY):
        return
    display = display_here()
    try:
        display.show(tally.progress())
        while not finished.wait(display.every):
            display.show(tally.progress())
        display.show(tally.progress())
    finally:
        display.close()
