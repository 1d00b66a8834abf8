"""Threads that would idle, given to the fits that run while they do."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import dask

from causal_dask.graph.note import NO_NOTE, Kind
from causal_dask.plans.allotment import Graph, Moldable, allot, condense
from causal_dask.plans.execution import Alteration
from causal_dask.plans.plan import Plan
from causal_dask.plans.simulate import Slot, simulate
from causal_dask.runtime.threads import slots_in_use, slots_of_a_worker

SETTING = "causal_dask.idle-threads"


def with_idle_threads(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """Give fits more threads where the plan is narrower than the machine.

    By default those of models that give the same bits with any number, as many as are quickest in a
    simulation; with the setting on, a share to every model that can use more; off, none.
    """
    asked = dask.config.get(SETTING, default=None)
    if asked is False:
        return plan
    slots, most = slots_in_use(), slots_of_a_worker(schedule)
    return widen(plan, slots, most) if asked else allotted(plan, slots, most)


def allotted(plan: Plan, n_slots: int, most: int) -> Plan:
    """The plan with the threads that a simulation finds best, of ``n_slots``, at most ``most``."""
    notes = {key: plan.notes.get(key, NO_NOTE) for key in plan.waiting}
    fits = {
        key: Moldable(
            note.threads.curve, note.work.rows, note.label.stage,
            (note.label.group, note.on_all_rows),
        )
        for key, note in notes.items()
        if note.kind is Kind.FIT and note.threads.can_widen and note.threads.curve and note.work
    }  # fmt: skip
    # a plan for one thread or of very many fits is as quick with one thread each
    if min(n_slots, most) < 2 or not fits or len(fits) > MANY * n_slots:
        return plan
    fixed = {key: how.threads for key, how in plan.execution.alterations.items()}
    fixed = {key: n if 1 <= n <= most else most for key, n in fixed.items() if n != 1}
    working = [key for key, note in notes.items() if note.kind is not Kind.OTHER]
    costs = {key: plan.seconds[key] for key in working}
    graph = Graph(condense(plan.waits, working), costs, fits, n_slots, most, fixed)
    return _with_threads(plan, allot(graph))


MANY = 8
"""Fits for each thread beyond which a graph fills the machine, but for a tail of a few per cent."""


def widen(plan: Plan, n_slots: int, most: int) -> Plan:
    """Let the fits of a plan share ``n_slots`` threads, at most ``most`` each."""
    notes = {key: plan.notes.get(key, NO_NOTE) for key in plan.nodes}
    slots = simulate(plan.waits, plan.seconds, n_slots)
    fits = [slot for slot in slots if notes[slot.key].kind is Kind.FIT]
    return _with_threads(plan, shares(fits, n_slots, most))


def _with_threads(plan: Plan, threads: Mapping[str, int]) -> Plan:
    """The plan in which these fits have so many threads each, where they can use them."""
    altered = dict(plan.execution.alterations)
    for key, n in threads.items():
        own = plan.notes.get(key, NO_NOTE).threads
        if n > 1 and own.can_widen:
            altered[key] = replace(
                altered.get(key, Alteration()), threads=n, arguments=own.widen(n)
            )
    return plan.altered(altered)


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
