"""Plans are built quickly, and running a task costs little besides the task.

A DR-learner of four variants and ten folds, repeated until its plan has about a thousand, ten
thousand and a hundred thousand nodes, on 80 rows. Five minutes on two cores.
"""

from dataclasses import replace
from functools import partial
from statistics import median

import dask
import numpy as np
import pytest

from causal_dask.runtime.run import run
from tests.benchmarks.goals import check
from tests.benchmarks.idle import emptied, idle_learner
from tests.benchmarks.machine import cores
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size
from tests.benchmarks.timing import seconds_of

REPEATS = size({"1k": 5, "10k": 44, "100k": 440}, quick={"200": 1, "1k": 5})
JUDGED = size("10k", quick="1k")
N_VARIANTS, N_FOLDS = 4, 10
BUILD_GOAL = 0.5
"""Seconds for 10,000 nodes."""

TASK_GOAL = 0.1
"""Milliseconds of running an empty task on threads."""

RECORD = Record(
    name="overhead",
    title="Overhead of a plan and of its tasks",
    identity=("nodes",),
    measure="build",
    note=(
        "`build`: seconds of `plan` and of the Dask graph made from it. The others are "
        "milliseconds per node: to build it; to run the same graph with `empty` tasks on threads; "
        "to run `fit`, building excluded, with `idle` base models, which do nothing."
    ),
)


@pytest.fixture(scope="module")
def measured():
    """The overheads of a plan of each size, kept."""
    rows = {name: _measured(repeats) for name, repeats in REPEATS.items()}
    for name, row in rows.items():
        RECORD.keep(row | ({"goal": BUILD_GOAL} if name == JUDGED else {}))
    return rows


def test_a_plan_of_ten_thousand_nodes_is_built_in_half_a_second(measured):
    row = measured[JUDGED]
    check(f"seconds to build {row['nodes']:,} nodes", row["build"], BUILD_GOAL)


@pytest.mark.parametrize("kind", ["empty", "idle"])
def test_a_task_costs_a_tenth_of_a_millisecond(measured, kind):
    row = measured[JUDGED]
    check(f"ms a task, {kind}, {row['nodes']:,} nodes", row[kind], TASK_GOAL)


def _measured(n_repeats):
    """The size of a plan; the seconds to build it; milliseconds a task of two ways to run it."""
    study = _study()
    learner = partial(idle_learner, n_folds=N_FOLDS, n_repeats=n_repeats)
    plan = learner().plan(*study)
    empty, tasks = emptied(plan), len(plan.nodes)
    rounds = size(max(3, 100 // n_repeats), quick=1)
    with dask.config.set(scheduler="threads", num_workers=cores()):
        build = _median(lambda: learner().plan(*study).__dask_graph__(), rounds)
        graph = _median(lambda: replace(empty).__dask_graph__(), rounds)
        none = _median(lambda: run(empty), rounds)
        fit = _median(lambda: learner().fit(*study), rounds)
    milliseconds = {"empty": (none - graph) / tasks * 1e3, "idle": (fit - build) / tasks * 1e3}
    return {"nodes": tasks, "build": build, "build a node": build / tasks * 1e3} | milliseconds


def _study():
    """Two rows of each variant in each fold."""
    w = np.arange(2 * N_VARIANTS * N_FOLDS) % N_VARIANTS
    X = np.linspace(0, 1, len(w))[:, None]
    return X, X[:, 0], w


def _median(call, rounds):
    return median(seconds_of(call) for _ in range(rounds))
