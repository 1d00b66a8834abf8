"""A fit on two threads takes two copies of its training rows, and little more.

500,000 rows of 50 columns, 200 MB, which is also the copy that a fit to all rows makes. Each
learner is fitted in a process of its own, with models that do nothing, which shows what we take,
and with boosted trees, which take memory themselves. Ten minutes.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.five_learners import LEARNERS
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, size

ROOT = Path(__file__).parents[2]
N_ROWS = size(500_000, quick=100_000)
GOAL = 2 * 1.25

RECORD = Record(
    name="memory",
    title="Peak memory beyond the input, in training copies",
    identity=("models", "learner"),
    measure="copies",
    note=(
        "Two threads, 50 columns of float64, 5 folds, each learner in a process of its own. A "
        "training copy is the one that a fit on all rows makes; two such fits may run at once. "
        "`idle` models use no memory themselves, the others use a lot."
    ),
)


@pytest.mark.parametrize("name", chosen("LEARNERS", LEARNERS))
@pytest.mark.parametrize("models", chosen("FAMILIES", ["idle", "XGBoost", "HistGradientBoosting"]))
def test_a_fit_takes_little_more_than_a_copy_for_each_thread(models, name):
    found = _in_its_own_process(name, models)
    copies = found["beyond"] / found["copy"]
    row = {"models": models, "learner": name, "rows": N_ROWS, "input MB": found["input"] / 1e6}
    row |= {"beyond MB": found["beyond"] / 1e6, "copies": copies}
    row |= {"goal": GOAL} if models == "idle" else {}
    RECORD.keep(row)
    if models == "idle":  # what others take besides is theirs
        check(f"copies, {name}-learner, {models}", copies, GOAL)


def _in_its_own_process(name, models):
    program = [sys.executable, "-m", "tests.benchmarks.peak_memory", name, models, str(N_ROWS)]
    done = subprocess.run(program, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
