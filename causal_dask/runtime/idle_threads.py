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
    """Give fits the threads that would idle because the plan is narrower than the machine.

    Off unless the setting is on: a model fitted with more threads may differ in its last digits.
    """
    if not dask.config.get(SETTING, default=False):
        return plan
    return widen(plan, slots_in_use(), slots_of_a_worker(schedule))


def widen(plan: Plan, n_slots: int, most: int) -> Plan:
    """Let the fits of a plan share ``n_slots`` threads, at most ``most`` each."""
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
    """How many threads each task can have if the tasks of any moment share all slots."""
    starts, ends = sorted(s.start for s in slots), sorted(s.end for s in slots)
    found = {}
    for slot in slots:
        if slot.end > slot.start:
            # tasks that start before this one ends, without those that end before it starts
            n_begun, n_ended = bisect_left(starts, slot.end), bisect_right(ends, slot.start)
            found[slot.key] = max(1, min(n_slots // max(n_begun - n_ended, 1), most))
    return found
