"""Seconds of a graph's fits and predictions, run one after the other on one thread.

The graph runs on Dask's synchronous scheduler, and what counts is the time inside the tasks that
fit or predict: building the graph, scheduling it, pseudo-outcomes and stitching do not. It is the
least that a learner can take on one processor, and its share of each processor is what the wall
time is held against.
"""

import time
from collections import Counter

import dask
from dask.callbacks import Callback

COUNTED = {"fit", "predict"}


class TaskClock(Callback):
    """While it is entered, keeps the seconds of tasks by what they do."""

    def __init__(self):
        super().__init__()
        self.seconds, self.calls, self.started = Counter(), Counter(), {}

    def _pretask(self, key, dsk, state):
        self.started[key] = time.perf_counter()

    def _posttask(self, key, result, dsk, state, worker_id):
        kind = str(key).partition("-")[0]
        self.seconds[kind] += time.perf_counter() - self.started.pop(key)
        self.calls[kind] += 1

    @property
    def counted(self):
        """The seconds of the fits and predictions together."""
        return sum(self.seconds[kind] for kind in COUNTED)


def one_by_one(run):
    """The seconds of the fits and predictions of whatever ``run`` computes."""
    with dask.config.set(scheduler="synchronous"), TaskClock() as clock:
        run()
    return clock.counted
