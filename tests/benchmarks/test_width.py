"""The graph of one learner is as wide as the slots are, on Dask's threads.

A DR-learner of three variants and ten folds: 66 fits, which sleep. Half an hour with 30 draws;
``UNIT=0.2`` is quicker, and counts the same overhead against shorter fits.
"""

from statistics import median

import dask
import pytest

from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size
from tests.benchmarks.timing import seconds_of
from tests.benchmarks.width import UNIT, costs_of, data, fitted, least, sleeping

N_DRAWS = size(30, quick=2)
WAVES = {8: 9, 16: 5, 32: 3}
GOAL_A = 1.03
GOALS_B = {8: 1.07, 16: 1.15, 32: 1.05}

RECORD = Record(
    name="width",
    title="Width of a DR-learner's graph",
    identity=("case", "slots"),
    measure="ratio",
    note=(
        "Sleeping models, 3 variants, 10 folds, 66 fits, on threads. Case A: fits of one second, "
        "relative to the least number of whole waves. Case B: fits of U(0.5, 1.5) seconds, "
        "medians over the draws, relative to the longer of the critical path and the work shared "
        "among the slots."
    ),
)


@pytest.mark.parametrize("slots", WAVES)
def test_equal_fits_finish_in_whole_waves(slots):
    seconds = _makespan(sleeping("DR", "A"), {}, slots)
    row = {"case": "A", "slots": slots, "seconds": seconds / UNIT, "least": WAVES[slots]}
    row |= {"ratio": seconds / UNIT / WAVES[slots], "goal": GOAL_A}
    RECORD.keep(row | {"unit": UNIT})
    check(f"case A, {slots} slots", row["ratio"], GOAL_A)


@pytest.mark.parametrize("slots", WAVES)
def test_unequal_fits_finish_soon_after_the_first_moment_possible(slots):
    drawn = [_one_draw(draw, slots) for draw in range(N_DRAWS)]
    seconds, bounds = (list(column) for column in zip(*drawn, strict=True))
    ratio = median(a / b for a, b in drawn)
    row = {"case": "B", "slots": slots, "seconds": median(seconds) / UNIT}
    row |= {"least": median(bounds) / UNIT, "ratio": ratio, "goal": GOALS_B[slots], "unit": UNIT}
    RECORD.keep(row)
    check(f"case B, {slots} slots", ratio, GOALS_B[slots])


def _one_draw(draw, slots):
    """The seconds of one draw of case B, and the least that they could be."""
    learner = sleeping("DR", "B", draw)
    plans = [learner.plan(*data())]
    costs = costs_of(plans)
    return _makespan(learner, costs, slots), least(plans, costs, slots)


def _makespan(learner, costs, slots):
    with dask.config.set(scheduler="threads", num_workers=slots):
        fitted(sleeping("DR", "A", unit=0), {})  # starts the threads
        return seconds_of(lambda: fitted(learner, costs))
