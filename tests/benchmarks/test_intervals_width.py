"""Two hundred refits to halves fill the slots, and a run that is killed repeats none of them.

A T-learner of two variants: 400 fits that sleep half a second, on 8 and on 32 threads, relative to
the fewest waves that they fit into. Then a process that computes the intervals of a DR-learner is
killed in the middle, and another goes on. Two minutes.
"""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, TLearner
from causal_dask.datasets import make_study
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import rounds, size
from tests.benchmarks.sleepers import SleepingRegressor
from tests.benchmarks.timing import seconds_of

SECONDS, N_DRAWS = 0.5, size(200, quick=50)
GOAL, N_ROUNDS = 1.05, rounds(full=3, quick=1)

RECORD = Record(
    name="intervals_width",
    title="Refits to 200 halves of the rows, on 8 and 32 slots",
    identity=("slots",),
    measure="ratio",
    note=(
        "A T-learner with models that sleep half a second: 400 fits. Seconds of "
        "`effect_intervals`, relative to the fewest waves of fits on that many threads."
    ),
)


class DozingRegressor(SleepingRegressor):
    """Predicts a little more for each seed, so that effects have errors."""

    def predict(self, X):
        return np.full(len(X), float(self.random_state % 97))


@pytest.mark.parametrize("slots", [8, 32])
def test_refits_take_the_fewest_waves(slots):
    study = make_study(400, random_state=0)
    model = DozingRegressor(0.0, 0.0)
    with dask.config.set(scheduler="threads", num_workers=slots):
        learner = TLearner(nuisance_model_factory=model, n_folds=2, random_state=0)
        learner.fit(study.X, study.y, study.w)
        for base in learner._fitted.study.bases.values():
            base.model.estimator.set_params(shortest=SECONDS, longest=SECONDS)
        found = [
            seconds_of(lambda: learner.effect_intervals(study.X, study.X[:5], N_DRAWS))
            for _ in range(N_ROUNDS)
        ]
    ideal = math.ceil(2 * N_DRAWS / slots) * SECONDS
    ratio = float(np.median(found)) / ideal
    RECORD.keep({
        "slots": slots, "seconds": float(np.median(found)), "waves": ideal, "ratio": ratio,
        "goal": GOAL,
    })  # fmt: skip
    check(f"refits on {slots} slots", ratio, GOAL)


class Slow(LinearRegression):
    """Writes a line for each fit."""

    def fit(self, X, y, sample_weight=None):
        with Path(os.environ["FITS"]).open("a", encoding="utf-8") as file:
            file.write(f"{float(np.sum(X)):.12g} {float(np.sum(y)):.12g}\n")
        time.sleep(0.02)
        return super().fit(X, y, sample_weight)


def intervals(store):
    study = make_study(400, random_state=0)
    learner = DRLearner(
        nuisance_model_factory=Slow, propensity_model_factory=LogisticRegression,
        treatment_model_factory=Slow, n_folds=3, random_state=0,
    )  # fmt: skip
    learner.fit(study.X, study.y, study.w, store=store)
    return learner.effect_intervals(study.X, study.X[:5], 100, store=store)


def test_a_run_that_is_killed_repeats_no_fit(tmp_path):
    runs = []
    for number, seconds in enumerate((6.0, None)):
        environment = {**os.environ, "FITS": str(tmp_path / f"fits{number}"), "QUICK": "1"}
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.test_intervals_width",
            str(tmp_path / "store"),
        ]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            output = "null"
        runs.append(((tmp_path / f"fits{number}").read_text("utf-8").split("\n")[:-1], output))
    (before, _), (after, output) = runs
    expected = intervals_alone(tmp_path)
    np.testing.assert_allclose(json.loads(output), expected, rtol=0, atol=0)
    repeated = len(set(before) & set(after))
    print(f"{len(before)} fits before, {len(after)} after, {repeated} of them again")
    assert 50 < len(before) < 700
    # what was being fitted when the process was killed is not in the store
    assert repeated <= 2 * (os.cpu_count() or 1)


def intervals_alone(tmp_path):
    os.environ["FITS"] = str(tmp_path / "alone")
    return intervals(None).standard_error.ravel().tolist()


if __name__ == "__main__":
    print(json.dumps(intervals(sys.argv[1]).standard_error.ravel().tolist()))
