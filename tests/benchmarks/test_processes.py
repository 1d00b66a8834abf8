"""Two processes are about as quick as two threads, though nobody limits their OpenMP threads.

A DR-learner of HistGradientBoosting, which takes all cores in each process if it is let: two
processes then fight for two cores, and 12 fits took 124 s instead of 3. Four minutes. Processes
that are started anew for each call are shown as well: starting them and importing takes seconds.
"""

from functools import partial

import pytest

from tests.benchmarks import bare_workers
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.five_learners import learner_of
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import rounds, size
from tests.benchmarks.studies import study_of
from tests.benchmarks.timing import median_ratio, medians, seconds_of

N_ROWS = size(50_000, quick=2_000)
N_WORKERS = 2
ROUNDS = rounds(5, quick=1)
GOAL = 1.2
JUDGED = ["process_pool", "workers_without_nannies"]
PLACES = ["threads", *JUDGED, "new_processes"]

RECORD = Record(
    name="processes",
    title="Two processes against two threads",
    identity=("place",),
    measure="ratio",
    note=(
        "Seconds of `fit` of a DR-learner with HistGradientBoosting, 5 folds. Neither the "
        "environment nor a nanny limits the threads of a process. Pool and workers are warm."
    ),
)

pytestmark = pytest.mark.filterwarnings("ignore::causal_dask.errors.ClippedPropensities")


@pytest.fixture(scope="module")
def seconds():
    """The seconds of each place by round; a place is set up once a round, and warmed up."""
    found = {place: [] for place in PLACES}
    for number in range(ROUNDS):
        for place in PLACES[:: -1 if number % 2 else 1]:
            with getattr(bare_workers, place)(N_WORKERS):
                _fit(1_000)
                found[place].append(seconds_of(partial(_fit, N_ROWS)))
    for place in PLACES:
        goal = {"goal": GOAL} if place in JUDGED else {}
        ratio = median_ratio(found, place, "threads")
        RECORD.keep({"place": place, "seconds": medians(found)[place], "ratio": ratio} | goal)
    return found


@pytest.mark.parametrize("place", JUDGED)
def test_two_processes_are_about_as_quick_as_two_threads(seconds, place):
    check(f"{place} against threads", median_ratio(seconds, place, "threads"), GOAL)


def _fit(n_rows):
    learner_of("DR", FAMILIES["HistGradientBoosting"]).fit(*study_of(n_rows))
