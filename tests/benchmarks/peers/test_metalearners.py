"""We are quicker than the best that metalearners can be set to, on the same work.

Same data, base models and number of folds; effects of the training rows. The settings are threads
of a base model, folds at once, models of a stage at once. ``ROWS=5000,50000``, ``VARIANTS=2,4``,
``LEARNERS=T,DR`` and ``FAMILIES=XGBoost`` choose; ``MISSING=1`` measures only what is not there.

Two things are not the same. With four variants its R-learner fits one outcome model and ours one
for each contrast, so ours does more. Its S-learner with LightGBM loses the treatment column, and is
left out.
"""

import os
from functools import partial
from statistics import mean

import dask
import pytest

from tests.benchmarks.contest import contest
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.five_learners import LEARNERS, estimated, learner_of
from tests.benchmarks.goals import check
from tests.benchmarks.machine import cores
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, numbers, rounds, size
from tests.benchmarks.studies import study_of

runs = pytest.importorskip("tests.benchmarks.peers.metalearners_runs")

ROUNDS = rounds(3, quick=1)
WARM_ROWS = 500
MISSING = bool(os.environ.get("MISSING"))
MOST, ON_AVERAGE = 1.0, 0.85

RECORD = Record(
    name="metalearners",
    title="Wall time relative to the best of six settings of metalearners",
    identity=("family", "learner", "variants", "rows"),
    measure="ratio",
    note=(
        "Seconds of `fit` and `predict` on the training rows, 5 folds. Ours with default "
        "settings. A setting has three numbers: threads of a base model, folds at once, models of "
        "a stage at once."
    ),
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", chosen("LEARNERS", LEARNERS))
@pytest.mark.parametrize("family", chosen("FAMILIES", FAMILIES))
@pytest.mark.parametrize("n_variants", numbers("VARIANTS", [2, 4]))
@pytest.mark.parametrize("n_rows", numbers("ROWS", size([5_000, 50_000], quick=[500])))
def test_no_setting_of_theirs_is_quicker(n_rows, n_variants, family, name):
    if (family, name) == ("LightGBM", "S"):
        pytest.skip("metalearners' S-learner loses the treatment with LightGBM")
    cell = {"family": family, "learner": name, "variants": n_variants, "rows": n_rows}
    row = RECORD.row(**cell) if MISSING else None
    if row is None:
        row = cell | measured(FAMILIES[family], name, study_of(n_rows, n_variants))
        RECORD.keep(row | {"goal": MOST})
    check(", ".join(map(str, cell.values())), row["ratio"], MOST)


def test_on_average_we_take_fifteen_percent_less():
    ratios = [row["ratio"] for row in RECORD.rows()]
    check(f"mean of {len(ratios)} ratios", mean(ratios), ON_AVERAGE)


def measured(family, name, study):
    """Our seconds, those of their best setting, which it was, and the ratio."""
    few = [part[:WARM_ROWS] for part in study]
    with dask.config.set(scheduler="threads", num_workers=cores()):
        for run in [partial(_ours, name, family, few), *runs.runs_of(name, family, few).values()]:
            run()
        ours = partial(_ours, name, family, study)
        return contest(ours, runs.runs_of(name, family, study), ROUNDS)


def _ours(name, family, study):
    return estimated(learner_of(name, family), study)
