"""Learners computed together fill 32 slots, wherever the slots are.

T, X, R and DR of three variants and ten folds, in case B: 154 fits that sleep, on threads of this
process, on one worker of 32 threads and on eight of four. Twenty minutes with 30 draws.
"""

import logging
from contextlib import contextmanager
from statistics import median

import dask
import pytest
from distributed import Client, LocalCluster

from causal_dask.plans.simulate import makespan
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size
from tests.benchmarks.timing import seconds_of
from tests.benchmarks.width import UNIT, costs_of, data, fitted_together, least, sleeping

N_DRAWS = size(30, quick=1)
NAMES = ["T", "X", "R", "DR"]
SLOTS = 32
PLACES = {"threads": (0, 1.05), "1 worker × 32": (1, 1.15), "8 workers × 4": (8, 1.30)}
"""By place: the number of worker processes, and the goal."""

RECORD = Record(
    name="width_together",
    title="Width of the graph of four learners on 32 slots",
    identity=("place",),
    measure="ratio",
    note=(
        "T-, X-, R- and DR-learners with sleeping models, computed together; 3 variants, 10 "
        "folds, fits of U(0.5, 1.5) seconds. Medians over the draws of the seconds, relative to "
        "those of the simulated schedule that runs the longest path first."
    ),
)


@pytest.mark.parametrize("place", PLACES)
def test_learners_together_finish_about_when_the_simulated_schedule_does(place):
    n_workers, goal = PLACES[place]
    with _slots(n_workers) as where:
        fitted_together(_plans(draw=0, unit=0), {}, **where)  # starts threads, imports on workers
        drawn = [_one_draw(draw, where) for draw in range(N_DRAWS)]
    seconds, simulated, bounds = (median(column) / UNIT for column in zip(*drawn, strict=True))
    ratio = median(took / ideal for took, ideal, _ in drawn)
    row = {"place": place, "seconds": seconds, "simulated": simulated, "least": bounds}
    RECORD.keep(row | {"ratio": ratio, "goal": goal, "unit": UNIT})
    check(f"T, X, R and DR on {place}", ratio, goal)


def _one_draw(draw, where):
    """The seconds of one draw, those of the simulated schedule, and the least possible."""
    plans = _plans(draw)
    costs = costs_of(plans)
    waits = {key: waited for plan in plans for key, waited in plan.waits.items()}
    simulated = makespan(waits, costs, SLOTS)
    took = seconds_of(lambda: fitted_together(plans, costs, **where))
    return took, simulated, least(plans, costs, SLOTS)


def _plans(draw, unit=UNIT):
    return [sleeping(name, "B", draw, unit).plan(*data()) for name in NAMES]


@contextmanager
def _slots(n_workers):
    """What to pass to ``dask.compute`` while 32 slots are there."""
    if not n_workers:
        yield {"n_threads": SLOTS}
        return
    options = {"n_workers": n_workers, "threads_per_worker": SLOTS // n_workers}
    quiet = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": logging.ERROR}
    with LocalCluster(**options, **quiet) as cluster, Client(cluster) as client:
        client.wait_for_workers(n_workers)
        with dask.config.set(scheduler="distributed"):
            yield {}
