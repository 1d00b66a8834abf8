"""Eight learners on one table are planned in hardly more time than one.

The table is checked and hashed once, for all of them. A minute on two cores.
"""

import tracemalloc
from statistics import median

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import plan_together
from causal_dask.estimators.catalogue import CATALOGUE
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size
from tests.benchmarks.timing import seconds_of

N_ROWS = size(200_000, quick=20_000)
N_FEATURES = 50
RATIO_GOAL = 1.4
SPARSE_BYTES = size(1_000_000_000, quick=20_000_000)

RECORD = Record(
    name="planning_together",
    title="Planning eight learners on one table",
    identity=("rows",),
    measure="ratio",
    note="`one` and `eight`: seconds to plan that many learners, median of five in turn.",
)

MODELS = {
    "nuisance_model_factory": LinearRegression,
    "propensity_model_factory": LogisticRegression,
    "treatment_model_factory": LinearRegression,
}


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(N_ROWS, N_FEATURES)), rng.integers(0, 2, N_ROWS)
    return X, X[:, 0] + w, w


def test_eight_learners_take_at_most_two_fifths_more_than_one(study):
    learners = [cls(**MODELS, n_folds=5, random_state=0) for cls in CATALOGUE][:8]
    plan_together(learners, *(part[:500] for part in study))  # imports what is imported late
    times = [
        (seconds_of(lambda: plan_together(learners[5:6], *study)),
         seconds_of(lambda: plan_together(learners, *study)))
        for _ in range(5)
    ]  # fmt: skip
    one, eight = (median(column) for column in zip(*times, strict=True))
    ratio = eight / one
    row = {"rows": N_ROWS, "one": one, "eight": eight, "ratio": ratio, "goal": RATIO_GOAL}
    RECORD.keep(row)
    check("eight learners over one", ratio, RATIO_GOAL)


def test_a_large_sparse_matrix_is_copied_less_than_once():
    n_entries = SPARSE_BYTES // 12  # 8 bytes a number, 4 its column
    n_rows, per_row = n_entries // 500, 500
    rng = np.random.default_rng(0)
    columns = np.tile(np.arange(0, 2 * per_row, 2, dtype=np.int32), n_rows)
    start = np.arange(0, n_rows * per_row + 1, per_row, dtype=np.int32)
    X = sp.csr_matrix((rng.random(n_rows * per_row), columns, start), (n_rows, 2 * per_row))
    w = np.arange(n_rows) % 2
    learner = CATALOGUE[1](**MODELS, n_folds=2, random_state=0)
    tracemalloc.start()
    try:
        learner.plan(X, w + rng.normal(size=n_rows), w)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    check("copies of a sparse matrix", peak / SPARSE_BYTES, 1.0)
