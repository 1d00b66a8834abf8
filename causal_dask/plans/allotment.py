"""How many threads each fit gets: the best of what a simulation of the graph was tried with.

More threads shorten a fit by less than they cost, so they only pay where the graph is narrower than
the machine. No rule of the literature on such tasks comes near a search, and simulating a graph of
some dozen fits takes a fraction of a millisecond.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from causal_dask.plans.priorities import Waits
from causal_dask.plans.simulate import Schedule
from causal_dask.plans.speedups import best_threads, speedup

WORTH = 0.95
"""More than one thread is taken if the simulated time is at most this share of that with one."""

SHARE_OF_TIME = 0.02
"""The search may take about this share of the time that the graph is expected to take."""

SECONDS_A_TASK = 4e-6
"""About what simulating one task takes."""

MOST_STEPS = 4000

COOLING = 0.999


@dataclass(frozen=True, slots=True)
class Moldable:
    """A fit that can use several threads: its speed-up curve, rows, stage and group.

    The fits of a group get as many threads as each other.
    """

    curve: str
    rows: int
    stage: str
    group: tuple[str, bool]


Threads = dict[str, int]
"""The number of threads of each fit, by key."""


@dataclass(frozen=True)
class Graph:
    """Tasks that take time, what they wait for, and how long they take on one thread.

    ``most`` is the number of threads that one fit can have, of ``n_slots`` in all; ``fixed`` are
    the threads of tasks whose number the user has set.
    """

    waits: Waits
    costs: Mapping[str, float]
    fits: Mapping[str, Moldable]
    n_slots: int
    most: int
    fixed: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def schedule(self) -> Schedule:
        """The graph, for simulations."""
        return Schedule(self.waits)

    @cached_property
    def on_threads(self) -> dict[str, list[float]]:
        """The seconds of each fit on 1, 2, … threads, up to those with which it is quickest."""
        found = {}
        for key, fit in self.fits.items():
            best = best_threads(fit.curve, fit.rows, self.most)
            gains = [speedup(fit.curve, fit.rows, n) for n in range(1, best + 1)]
            found[key] = [self.costs[key] / gain for gain in gains]
        return found

    def seconds(self, threads: Mapping[str, int]) -> float:
        """The time of all tasks if fits have these threads."""
        costs = dict(self.costs)
        for key, n in threads.items():
            costs[key] = self.on_threads[key][n - 1]
        return self.schedule.run(costs, self.n_slots, {**self.fixed, **threads})

    def cut(self, threads: Mapping[str, int]) -> Threads:
        """The same, but no fit has more threads than it is quickest with."""
        return {key: min(n, len(self.on_threads[key])) for key, n in threads.items()}


def allot(graph: Graph, others: Collection[Threads] = ()) -> Threads:
    """The threads of each fit with which the graph is quickest: one each, unless more pay.

    ``others`` are allotments to try besides those by stage, and to start the search from.
    """
    one = dict.fromkeys(graph.fits, 1)
    alone = graph.seconds(one) if one else 0.0
    least = sum(graph.costs.values()) / graph.n_slots
    # the usual case: the graph is wide enough to fill the machine by itself
    if least >= WORTH * alone:
        return one
    tried = [graph.cut(each) for each in (*_by_stage(graph), *others)]
    best = min((one, *tried), key=graph.seconds)
    n_steps = _n_steps(graph, alone)
    if n_steps:
        two = graph.cut(dict.fromkeys(one, 2))
        best = min((best, *(_searched(graph, s, n_steps) for s in (two, best))), key=graph.seconds)
    return best if graph.seconds(best) <= WORTH * alone else one


def condense(waits: Waits, keep: Collection[str]) -> Waits:
    """The graph of some tasks only, which wait for what they waited for through the others."""
    kept = set(keep)
    before: dict[str, frozenset[str]] = {}
    for key, earlier in waits.items():
        through = (frozenset([e]) if e in kept else before[e] for e in earlier)
        before[key] = frozenset().union(*through)
    return {key: tuple(sorted(before[key])) for key in waits if key in kept}


def _by_stage(graph: Graph) -> Iterator[Threads]:
    """As many threads for each fit of a stage, for each pair of numbers."""
    numbers = [n for n in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64) if n <= graph.most]
    for nuisance, treatment in product(numbers, repeat=2):
        by_stage = {"nuisance": nuisance, "treatment": treatment}
        yield {key: by_stage.get(fit.stage, 1) for key, fit in graph.fits.items()}


def _n_steps(graph: Graph, seconds: float) -> int:
    """How long to search: briefly where the graph itself takes little time."""
    return min(MOST_STEPS, int(SHARE_OF_TIME * seconds / (SECONDS_A_TASK * len(graph.waits))))


def _searched(graph: Graph, start: Threads, n_steps: int) -> Threads:
    """The best allotment of a random walk, which also takes worse ones at first (annealing).

    Its random numbers are its own, so that a graph always gets the same threads.
    """
    draw = random.Random(0)  # noqa: S311 - no secret
    groups: dict[tuple[str, bool], list[str]] = {}
    for key, fit in graph.fits.items():
        groups.setdefault(fit.group, []).append(key)
    units = list(groups.values())
    here = best = (graph.seconds(start), start)
    heat = 0.1 * here[0]
    for _ in range(n_steps):
        unit = draw.choice(units)
        n = min(max(here[1][unit[0]] + draw.randint(-3, 3), 1), graph.most)
        there = graph.cut({**here[1], **dict.fromkeys(unit, n)})
        seconds, heat = graph.seconds(there), heat * COOLING
        if seconds < here[0] or draw.random() < math.exp((here[0] - seconds) / max(heat, 1e-12)):
            here = (seconds, there)
        best = min(best, here, key=lambda pair: pair[0])
    return best[1]
