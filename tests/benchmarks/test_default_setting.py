"""Nothing that a user can set makes a learner much quicker than it is with nothing set.

The settings are threads of a base model (where it has such a parameter), folds at once, models of a
stage at once. An hour with all families and 50,000 rows; ``FAMILIES``, ``LEARNERS``, ``ROWS``.
"""

from functools import partial

import dask
import pytest

from tests.benchmarks.contest import contest
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.five_learners import LEARNERS, learner_of, models_of
from tests.benchmarks.goals import check
from tests.benchmarks.machine import cores
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, numbers, rounds, size
from tests.benchmarks.studies import study_of

ROUNDS = rounds(3, quick=1)
GOAL = 1.05
WIDE = None
SETTINGS = [(1, 1, WIDE), (1, WIDE, 1), (1, 1, 1), (cores(), WIDE, WIDE), (cores(), 1, 1)]
"""Threads, folds at once, models of a stage at once; the default is (1, WIDE, WIDE)."""

RECORD = Record(
    name="default_setting",
    title="Wall time with default settings, relative to the best settings",
    identity=("family", "learner", "rows"),
    measure="ratio",
    note=(
        "Seconds of `fit` on threads. A setting has three numbers: threads of a base model, folds "
        "at once, models of a stage at once. None means as many as there are slots."
    ),
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", chosen("LEARNERS", LEARNERS))
@pytest.mark.parametrize("family", chosen("FAMILIES", FAMILIES))
@pytest.mark.parametrize("n_rows", numbers("ROWS", [size(50_000, quick=500)]))
def test_no_setting_is_much_quicker_than_none(n_rows, family, name):
    fit = partial(_fitted, name, FAMILIES[family], study_of(n_rows))
    settings = [s for s in SETTINGS if FAMILIES[family].has_jobs or s[0] == 1]
    with dask.config.set(scheduler="threads", num_workers=cores()):
        _fitted(name, FAMILIES[family], [part[:500] for part in study_of(n_rows)])
        named = {", ".join(map(str, setting)): partial(fit, setting) for setting in settings}
        found = contest(fit, named, ROUNDS)
    row = {"family": family, "learner": name, "rows": n_rows} | found
    RECORD.keep(row | {"goal": GOAL})
    check(f"{name}-learner, {family}, {n_rows:,} rows", row["ratio"], GOAL)


def _fitted(name, family, study, setting=(None, WIDE, WIDE)):
    threads, folds, stage = setting
    learner = learner_of(name, family, **models_of(name, family, threads))
    learner.fit(*study, n_jobs_cross_fitting=folds, n_jobs_base_learners=stage)
