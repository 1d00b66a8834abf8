"""Rows and columns of any table, and columns put together again."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.tasks.rows import Design, Selection, covariates, select_rows, stitch, take

W = np.array([0, 1, 2, 0, 1, 2])
FOLDS = np.array([0, 0, 0, 1, 1, 1])
X = np.arange(12.0).reshape(6, 2)
FRAME = pd.DataFrame({"age": [1, 2, 3], "kind": pd.Categorical(["a", "b", "a"])}, index=[7, 5, 6])

SELECTIONS = [
    (Selection(), [0, 1, 2, 3, 4, 5]),
    (Selection(without=(0,)), [3, 4, 5]),
    (Selection("variant", 1), [1, 4]),
    (Selection("variant", 1, without=(1,)), [1]),
    (Selection("control", 1), [0, 3]),
    (Selection("contrast", 2), [0, 2, 3, 5]),
    (Selection("contrast", 2, without=(0,)), [3, 5]),
]


@pytest.mark.parametrize(("selection", "rows"), SELECTIONS)
def test_a_selection_takes_its_variants_rows_less_its_fold(selection, rows):
    assert select_rows(selection, 6, W, FOLDS).tolist() == rows


def test_values_are_taken_row_by_row():
    assert take(np.array([5, 6, 7]), np.array([2, 0])).tolist() == [7, 5]


@given(st.lists(st.integers(0, 2), min_size=3, max_size=20), st.integers(0, 2))
@settings(deadline=None)
def test_parts_that_were_taken_fold_by_fold_are_stitched_to_the_whole(folds, without):
    folds = np.array([0, 1, 2, *folds])
    values = np.arange(len(folds)) + 1.0
    parts = [values[folds == k] for k in range(3)]
    assert np.array_equal(stitch(parts, folds, range(3)), values)
    del parts[without]
    numbers = [k for k in range(3) if k != without]
    assert np.array_equal(stitch(parts, folds, numbers), np.where(folds == without, 0, values))


def test_stitched_columns_keep_their_dtype_and_width():
    whole = stitch([np.ones((3, 2), dtype=np.float32)] * 2, FOLDS, (0, 1))
    assert (whole.shape, whole.dtype) == ((6, 2), np.float32)


@pytest.mark.parametrize("table", [X, sp.csr_matrix(X), pd.DataFrame(X)], ids=type)
def test_covariates_are_some_rows_and_columns_of_any_table(table):
    seen = covariates(table, Design(features=(1,)), np.array([4, 0]), None)
    plain = seen.toarray() if sp.issparse(seen) else np.asarray(seen)
    assert plain.tolist() == [[9.0], [1.0]]
    assert type(seen) is type(table)


def test_no_features_are_a_constant_column():
    assert covariates(X, Design(features=()), np.array([0, 1]), None).tolist() == [[1.0], [1.0]]
    frame = covariates(FRAME, Design(features=()), None, None)
    assert frame.to_dict("list") == {"constant": [1.0, 1.0, 1.0]}
    assert len(covariates(FRAME, Design(features=()), slice(1, 9), None)) == 2
    assert frame.index.tolist() == [7, 5, 6]


def test_a_frame_reaches_the_model_with_its_dtypes_index_and_categories():
    seen = covariates(FRAME, Design(), np.array([2, 0]), None)
    assert seen.index.tolist() == [6, 7]
    assert seen.dtypes.to_dict() == FRAME.dtypes.to_dict()


@pytest.mark.parametrize("table", [X, sp.csr_matrix(X), pd.DataFrame(X)], ids=type)
def test_the_variant_is_shown_as_dummies_of_all_treatments(table):
    seen = covariates(table, Design(encoding="dummies", n_variants=3), None, W)
    plain = seen.toarray() if sp.issparse(seen) else np.asarray(seen)
    assert plain[:, 2:].tolist() == [[0, 0], [1, 0], [0, 1], [0, 0], [1, 0], [0, 1]]
    assert np.array_equal(plain[:, :2], X)


def test_one_variant_may_be_shown_to_all_rows():
    seen = covariates(X, Design(encoding="dummies", n_variants=3), np.array([0, 1]), 2)
    assert seen[:, 2:].tolist() == [[0, 1], [0, 1]]


def test_the_variant_is_shown_as_a_category_of_fixed_levels():
    design = Design(encoding="category", n_variants=4)
    seen = covariates(FRAME, design, np.array([1]), np.array([2]))
    assert seen["variant"].cat.categories.tolist() == [0, 1, 2, 3]
    assert seen["variant"].tolist() == [2]


def test_the_variants_column_takes_no_name_that_is_taken():
    frame = FRAME.rename(columns={"age": "variant", "kind": "variant_1"})
    category = covariates(frame, Design(encoding="category", n_variants=2), None, 0)
    dummies = covariates(frame, Design(encoding="dummies", n_variants=2), None, 0)
    assert list(category) == ["variant", "variant_1", "variant_"]
    assert list(dummies) == ["variant", "variant_1", "variant_1_"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dummies_leave_the_dtype_of_the_covariates_as_it_is(dtype):
    design = Design(encoding="dummies", n_variants=2)
    for table in (X.astype(dtype), sp.csr_matrix(X.astype(dtype))):
        assert covariates(table, design, None, 1).dtype == dtype


def test_the_table_itself_is_left_as_it_was():
    frame, array = FRAME.copy(), X.copy()
    array.flags.writeable = False
    design = Design(features=(0,), encoding="dummies", n_variants=2)
    covariates(frame, design, np.array([0]), 1)
    covariates(array, design, np.array([0]), 1)
    pd.testing.assert_frame_equal(frame, FRAME)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    "made", [np.asarray, partial(pd.DataFrame, copy=False)], ids=["array", "frame"]
)
def test_numbers_at_odd_addresses_are_copied_in_their_memory_order(made, order):
    odd = np.empty(X.nbytes + 1, np.uint8)[1:].view(X.dtype).reshape(X.shape, order=order)
    odd[...] = X
    seen = covariates(made(odd), Design(), None, None)
    assert type(seen) is type(made(odd))
    assert (np.asarray(seen) == X).all()
    assert np.asarray(seen).flags.aligned
    assert np.asarray(seen).flags.c_contiguous == (order == "C")
