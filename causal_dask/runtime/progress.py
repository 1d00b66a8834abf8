"""How far a plan has come: its fits by stage, the time left. Where that is shown, displays know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import dask

from causal_dask.graph.node import Node
from causal_dask.graph.note import NO_NOTE, Kind
from causal_dask.plans.plan import Plan
from causal_dask.runtime.displays import Progress, display_here
from causal_dask.runtime.results import timing_of
from causal_dask.runtime.task import store_of

PROGRESS = "causal_dask.progress"
"""The setting of Dask's that silences all, if it is False."""


DELAY = 2.0
"""Seconds that nothing is shown for: a quick fit needs no progress."""


Tell = Callable[[Hashable], None]


@contextmanager
def follow(plan: Plan) -> Iterator[Tell]:
    """A block that shows how far the plan has come, by what it is told is finished."""
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
    """A fit that is to be done: its stage, and the seconds it may take; none if a store has it."""

    stage: str
    seconds: float


class Tally:
    """Counts what is finished. Told by one thread, read by another."""

    def __init__(self, plan: Plan, fits: Mapping[str, Fit]) -> None:
        self.start = time.perf_counter()
        self.fits = fits
        self.content = _content_keys(plan, fits)
        self.done: set[str] = set()

    def tell(self, key: Hashable) -> None:
        """Hear that the task which ran under this key is finished."""
        content = self.content.get(key)
        if content is not None:
            self.done.add(content)

    def progress(self) -> Progress:
        """How far it is now."""
        done, seconds = set(self.done), time.perf_counter() - self.start
        stages: dict[str, tuple[int, int]] = {}
        for key, each in self.fits.items():
            n_done, n = stages.get(each.stage, (0, 0))
            stages[each.stage] = (n_done + (key in done), n + 1)
        paid = sum(self.fits[key].seconds for key in done)
        rest = sum(each.seconds for key, each in self.fits.items() if key not in done)
        return Progress(stages, seconds, seconds * rest / paid if paid else None)


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
    """The fit that is finished when a task is: itself, or the one whose timing the task gives."""
    found: dict[Hashable, str] = {plan.keys[key]: key for key in fits}
    for made in plan.outputs:
        if isinstance(made, Node) and made.run is timing_of:
            (read,) = made.reads.values()
            if not isinstance(read, tuple) and read.key in fits:
                found[plan.keys[made.key]] = read.key
    return found


def _ignore(key: Hashable) -> None:
    """Nobody listens."""


def _show(tally: Tally, finished: threading.Event) -> None:
    """Show how far it is, again and again until it is finished."""
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
