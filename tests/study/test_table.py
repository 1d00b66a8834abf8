"""A table is checked, hashed and copied once, whoever asks for it."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from causal_dask import plan_together
from causal_dask.study.tables import row_hashes
from causal_dask.study.tables.table import Table, checked_table
from tests.catalogue import LEARNERS, learner_of

RNG = np.random.default_rng(0)
N_ROWS = 2000
W = np.arange(N_ROWS) % 2
Y = RNG.normal(size=N_ROWS) + W


def sparse(n_columns=5000):
    X = sp.random(N_ROWS, n_columns, density=0.5, random_state=0, format="csr")
    X.sum_duplicates()
    return X


def size_of(X):
    return X.data.nbytes + X.indices.nbytes + X.indptr.nbytes


def test_a_matrix_in_order_is_taken_as_it_is():
    X = sparse(10)
    assert checked_table(X).content is X


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_a_matrix_out_of_order_gets_a_copy_and_stays_as_it_is(form):
    rows, columns = np.array([0, 0, 1]), np.array([1, 0, 1])
    X = sp.coo_matrix((np.array([1.0, 2.0, 3.0]), (rows, columns)), shape=(2, 2)).asformat(form)
    X = sp.csr_matrix(([1.0, 2.0, 3.0], [1, 0, 1], [0, 2, 3])) if form == "csr" else X
    before = X.copy()
    content = checked_table(X).content
    assert content.has_canonical_format
    assert (content != sp.csr_matrix([[2.0, 1.0], [0.0, 3.0]])).nnz == 0
    assert (before != X).nnz == 0
    if form == "csr":
        assert X.indices.tolist() == [1, 0, 1]


def test_a_table_that_was_checked_passes_as_it_is():
    table = checked_table(np.zeros((3, 2)))
    assert checked_table(table) is table
    assert table.node is table.node
    assert table.row_hashes is table.row_hashes


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.uint8, bool])
def test_an_array_has_the_row_hashes_of_a_frame_with_its_columns(dtype, monkeypatch):
    monkeypatch.setattr(row_hashes, "NUMBERS_AT_ONCE", 100)
    X = (RNG.normal(size=(333, 7)) * 3).astype(dtype)
    X[:2] = -0.0
    if X.dtype.kind == "f":
        X[2:4] = [[np.nan], [np.inf]]
    frame = pd.DataFrame(X)
    np.testing.assert_array_equal(Table(X).row_hashes, Table(frame).row_hashes)
    np.testing.assert_array_equal(Table(np.asfortranarray(X)).row_hashes, Table(X).row_hashes)
    assert len(set(Table(X).row_hashes)) == len(frame.drop_duplicates())


def test_planning_a_fit_to_a_sparse_matrix_takes_less_than_its_memory_again():
    X, learner = sparse(), learner_of(n_folds=2)
    learner.plan(X[:200], Y[:200], W[:200])  # imports what is imported late
    tracemalloc.start()
    try:
        learner.plan(X, Y, W)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.6 * size_of(X)  # two chunks of 16 MB, which are hashed one after the other


def test_learners_that_are_planned_together_share_one_table():
    learners = [learner_of(cls, n_folds=2) for cls in LEARNERS]
    plans = plan_together(learners, RNG.normal(size=(N_ROWS, 3)), Y, W)
    tables = {id(source) for plan in plans for key, source in plan.nodes.items() if key[:2] == "X-"}
    assert len(tables) == 1


def test_plans_made_together_are_those_made_alone():
    X = RNG.normal(size=(N_ROWS, 3))
    learners = [learner_of(cls, n_folds=2) for cls in LEARNERS]
    together = plan_together(learners, X, Y, W)
    alone = [learner.plan(X, Y, W) for learner in learners]
    assert [plan.name for plan in together] == [plan.name for plan in alone]


def test_what_is_known_of_a_table_is_its_content():
    X = np.arange(6.0).reshape(3, 2)
    table = checked_table(X)
    assert isinstance(table, Table)
    assert (table.n_rows, table.columns.n_features, len(table.row_hashes)) == (3, 2, 3)


def test_rows_of_a_sparse_matrix_are_recognised_in_another_precision():
    X = sparse(10)
    single = X.astype(np.float32)
    stored_zeros = X.copy()
    stored_zeros.data[:5] = 0
    for one, other in ((X, single), (X, single.astype(np.float64))):
        np.testing.assert_array_equal(*(checked_table(each).row_hashes for each in (one, other)))
    dropped = stored_zeros.copy()
    dropped.eliminate_zeros()
    np.testing.assert_array_equal(
        *(checked_table(each).row_hashes for each in (stored_zeros, dropped))
    )
