"""Learners take little more than their fits and predictions, shared among the processors.

About fifteen minutes on two cores. ``crowding`` is what the machine itself takes: the time of as
many equal fits at once as there are cores, on plain threads, over that of one alone. No way of
running a graph gets below it.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import dask
import pytest

from tests.benchmarks.families import FAMILIES
from tests.benchmarks.five_learners import LEARNERS, estimated, learner_of
from tests.benchmarks.goals import check
from tests.benchmarks.machine import cores
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, rounds, size
from tests.benchmarks.studies import study_of
from tests.benchmarks.task_clock import one_by_one
from tests.benchmarks.timing import median_ratio, medians, seconds_of

N_ROWS = size(50_000, quick=1_000)
ROUNDS = rounds(5, quick=2)
GOAL = 1.08

RECORD = Record(
    name="efficiency",
    title="Wall time relative to the work shared among the cores",
    identity=("family", "learner"),
    measure="ratio",
    note=(
        "Wall seconds of `fit` and `predict` on the training rows, on threads and with default "
        "settings, over the ideal: the seconds of all fits and predictions run one after the "
        "other on one thread, divided by the number of cores. `crowding` is the slowdown of the "
        "machine itself: the seconds of as many equal fits at once as there are cores, over those "
        "of one fit alone."
    ),
)

pytestmark = pytest.mark.filterwarnings("ignore::causal_dask.errors.ClippedPropensities")


@pytest.mark.parametrize("name", chosen("LEARNERS", LEARNERS))
@pytest.mark.parametrize("family", chosen("FAMILIES", ["XGBoost", "LightGBM"]))
def test_a_learner_takes_no_longer_than_its_work_shared_among_the_cores(family, name):
    row = {"family": family, "learner": name, "rows": N_ROWS} | measured(FAMILIES[family], name)
    RECORD.keep(row | {"goal": GOAL})
    check(f"{name}-learner, {family}", row["ratio"], GOAL)


def measured(family, name):
    """The wall seconds, the work and the crowding, each round's measured next to each other."""
    study = study_of(N_ROWS)
    run = partial(_run, family, name, study)
    _run(family, name, [part[:1_000] for part in study])
    seconds = {"wall": [], "share": [], "alone": [], "crowd": []}
    for _ in range(ROUNDS):
        with dask.config.set(scheduler="threads", num_workers=cores()):
            seconds["wall"].append(seconds_of(run))
        seconds["share"].append(one_by_one(run) / cores())
        for crowd, number in (("alone", 1), ("crowd", cores())):
            seconds[crowd].append(seconds_of(partial(_fits_at_once, family, study, number)))
    middle = medians(seconds)
    return {
        "wall": middle["wall"],
        "work": middle["share"] * cores(),
        "ratio": median_ratio(seconds, "wall", "share"),
        "crowding": median_ratio(seconds, "crowd", "alone"),
    }


def _run(family, name, study):
    estimated(learner_of(name, family), study)


def _fits_at_once(family, study, number):
    """Equal fits of one regressor on plain threads, two for each."""
    X, y, _ = study
    models = [family.regressor(**family.params).set_params(n_jobs=1) for _ in range(2 * number)]
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(lambda model: model.fit(X, y), models))
