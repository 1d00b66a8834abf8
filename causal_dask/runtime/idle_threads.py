"""Threads that would idle, given to the fits that run while they do."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import dask

from causal_dask.graph.note import NO_NOTE, Kind
from causal_dask.plans.execution import Alteration
from causal_dask.plans.plan import Plan
from causal_dask.plans.simulate import Slot, simulate
from causal_dask.runtime.threads import slots_in_use, slots_of_a_worker

SETTING = "causal_dask.idle-threads"


def with_idle_threads(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """The plan whose fits have the threads that its width would leave idle where it is to run.

    Off unless the setting is on: models that count on more threads may differ in their last digits.
    """
    if not dask.config.get(SETTING, default=False):
        return plan
    return widen(plan, slots_in_use(), slots_of_a_worker(schedule))


def widen(plan: Plan, n_slots: int, most: int) -> Plan:
    """The plan whose fits share so many threads, at most ``most`` each."""
    notes = {key: plan.notes.get(key, NO_NOTE) for key in plan.nodes}
    slots = simulate(plan.waits, plan.seconds, n_slots)
    fits = [slot for slot in slots if notes[slot.key].kind is Kind.FIT]
    altered = dict(plan.execution.alterations)
    for key, n in shares(fits, n_slots, most).items():
        if n > 1 and notes[key].threads.can_widen:
            before = altered.get(key, Alteration())
            altered[key] = replace(before, threads=n, arguments=notes[key].threads.widen(n))
    return replace(plan, execution=replace(plan.execution, alterations=altered))


def shares(slots: list[Slot], n_slots: int, most: int) -> Mapping[str, int]:
    """How many threads each task can have, if those at any moment share all there are."""
    starts, ends = sorted(s.start for s in slots), sorted(s.end for s in slots)
    found = {}
    for slot in slots:
        if slot.end > slot.start:
            begun, over = bisect_left(starts, slot.end), bisect_right(ends, slot.start)
            found[slot.key] = max(1, min(n_slots // max(begun - over, 1), most))
    return found
