"""Nie & Wager's simulations with the lasso come out as published, through our learners.

Takes about eight minutes on two cores. ``SEEDS=4 make bench`` is a quick look: a table from four
draws, in which nothing is asserted or written.
"""

import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.nie_wager_lasso import N_FOLDS, cate_errors
from tests.benchmarks.published import ORDERS, PUBLISHED

ENOUGH_SEEDS = 40
N_SEEDS = int(os.environ.get("SEEDS", ENOUGH_SEEDS))
RESULTS = Path(__file__).parent / "results" / "nie_wager.json"

enough_seeds = pytest.mark.skipif(
    N_SEEDS < ENOUGH_SEEDS, reason=f"{N_SEEDS} seeds are too few to tell learners apart"
)


@pytest.fixture(scope="module")
def errors():
    """The errors of all draws by setup and learner; the same draws for all learners."""
    start = time.perf_counter()
    found = _errors_of_all_draws()
    seconds = time.perf_counter() - start
    print(f"\n\n{_table(found)}\n{N_SEEDS} seeds, {seconds:.0f} s")
    if N_SEEDS >= ENOUGH_SEEDS:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(_record(found, seconds), indent=1) + "\n")
    return found


@pytest.mark.parity(
    "Nie & Wager (2021)",
    "which of two learners has the smaller error, setups A to C",
    within="the same order, by two standard errors",
)
@enough_seeds
@pytest.mark.parametrize(("setup", "less", "more"), ORDERS)
def test_errors_are_ordered_as_published(errors, setup, less, more):
    difference, standard_error = _mean_and_error(errors[setup][more] - errors[setup][less])
    assert difference > 2 * standard_error


@pytest.mark.parity("Nie & Wager (2021)", "errors of the T- and R-learner in setup C")
@enough_seeds
@pytest.mark.parametrize("learner", ["T", "R"])
def test_errors_in_setup_c_are_near_the_published_ones(errors, learner):
    assert errors["C"][learner].mean() == pytest.approx(PUBLISHED["C"][learner], rel=0.3)


def test_every_draw_has_finite_errors(errors):
    assert all(np.isfinite(errors[setup][name]).all() for setup, name in _cells())


def _errors_of_all_draws():
    draws = list(product(PUBLISHED, range(N_SEEDS)))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = list(pool.map(cate_errors, *zip(*draws, strict=True)))
    by_setup = {setup: found[i * N_SEEDS :][:N_SEEDS] for i, setup in enumerate(PUBLISHED)}
    return {
        setup: {name: np.array([draw[name] for draw in by_setup[setup]]) for name in learners}
        for setup, learners in PUBLISHED.items()
    }


def _mean_and_error(values):
    """The mean and its standard error; of one value, no error is known."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return float(values.mean()), float(error)


def _cells():
    """Every (setup, learner)."""
    return [(setup, name) for setup, learners in PUBLISHED.items() for name in learners]


def _table(errors):
    """Means with their standard errors, beside the published means."""
    lines = ["setup  learner  mean   s.e.   published"]
    for setup, name in _cells():
        mean, error = _mean_and_error(errors[setup][name])
        lines.append(f"{setup:5}  {name:7}  {mean:.3f}  {error:.3f}  {PUBLISHED[setup][name]:.2f}")
    return "\n".join(lines)


def _record(errors, seconds):
    """What is kept of a run."""
    record = {"n_seeds": N_SEEDS, "n_folds": N_FOLDS, "seconds": round(seconds)}
    record["means"] = [
        dict(zip(("mean", "standard_error"), _rounded(errors[setup][name]), strict=True))
        | {"setup": setup, "learner": name, "published": PUBLISHED[setup][name]}
        for setup, name in _cells()
    ]
    record["paired_differences"] = [
        dict(zip(("difference", "standard_error"), _rounded(by[more] - by[less]), strict=True))
        | {"setup": setup, "less": less, "more": more}
        for setup, less, more in ORDERS
        for by in [errors[setup]]
    ]
    return record


def _rounded(values):
    return [round(number, 4) for number in _mean_and_error(values)]
