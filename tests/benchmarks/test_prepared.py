"""Fits that share prepared covariates take less time and memory than plain ones.

A DR-learner with ``prepare="shared"`` over the same one with plain fits, for each class of base
models that shares. Memory is measured for boosted trees, in processes of their own. 20 minutes.
"""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.goals import check
from tests.benchmarks.prepared_runs import SETTINGS
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen, rounds
from tests.benchmarks.timing import alternated, median_ratio, medians, warmed

ROOT = Path(__file__).parents[2]
ROUNDS = rounds(5, quick=1)
WAYS = ("plain", "shared")
MEMORY_GOAL = 0.35
SAME = 1e-8
"""The most that linear models may differ, over the spread of the effects."""

TIME = Record(
    name="prepared",
    title="Covariates prepared once, against plain fits",
    identity=("models",),
    measure="ratio",
    note=(
        "Seconds of `fit` of a DR-learner on two threads, medians of five rounds; the ratio is "
        "shared over plain. Propensities are known where models of outcomes and effects are "
        "linear, except with LassoCV, where a logistic regression models them. `difference` is the "
        "root mean square of the difference of the effects out of fold, over their spread."
    ),
)

MEMORY = Record(
    name="prepared_memory",
    title="Peak memory beyond the data, covariates prepared once against plain fits",
    identity=("models",),
    measure="ratio",
    note="The same DR-learners, each in a process of its own.",
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::causal_dask.errors.ClippedPropensities"),
    # LightGBM 4.6 says so of its own fits to arrays
    pytest.mark.filterwarnings("ignore:X does not have valid feature names"),
]


@pytest.mark.parametrize("name", chosen("FAMILIES", SETTINGS))
def test_fits_that_share_covariates_take_less_time(name):
    setting = SETTINGS[name]
    study = setting.study()
    runs = warmed({way: partial(setting.fitted, way, study) for way in WAYS})
    found = alternated(runs, ROUNDS)
    ratio, difference = median_ratio(found, "shared", "plain"), _difference(setting, study)
    row = {"models": name, "rows": setting.n_rows, "columns": setting.n_features}
    row |= {"folds": setting.n_folds} | medians(found) | {"ratio": ratio, "difference": difference}
    TIME.keep(row | ({} if setting.goal is None else {"goal": setting.goal}))
    if name not in {"XGBoost", "LightGBM"}:
        assert difference < SAME
    if setting.goal is not None:
        check(f"shared over plain, {name}", ratio, setting.goal)


@pytest.mark.parametrize("name", chosen("FAMILIES", ["XGBoost", "LightGBM"]))
def test_fits_that_share_covariates_take_less_memory(name):
    found = {way: _in_its_own_process(name, way) for way in WAYS}
    ratio = found["shared"] / found["plain"]
    megabytes = {f"{way} MB": bytes_ / 1e6 for way, bytes_ in found.items()}
    MEMORY.keep({"models": name, **megabytes, "ratio": ratio, "goal": MEMORY_GOAL})
    check(f"memory, shared over plain, {name}", ratio, MEMORY_GOAL)


def _difference(setting, study):
    """How far the effects of both ways are apart, over their spread."""
    plain, shared = (
        setting.fitted(way, study).predict(study["X"], is_oos=False).ravel() for way in WAYS
    )
    return float(np.sqrt(np.mean((plain - shared) ** 2)) / plain.std())


def _in_its_own_process(*arguments):
    program = [sys.executable, "-m", "tests.benchmarks.prepared_runs", *arguments]
    done = subprocess.run(program, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
