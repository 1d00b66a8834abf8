"""Covariates beside scores, as numbers: words, gaps, and what is refused."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from causal_dask import InvalidInput, Scores
from causal_dask.inference.covariate_columns import coded_columns, columns_called

SCORES = Scores(np.zeros((1, 300, 1)), (0, 1))
TOWNS = np.array(["Rome", "Oslo"])[np.arange(300) % 2]


def coded(**columns):
    return coded_columns(pd.DataFrame(columns), "X", SCORES, drop_first=False)


def test_words_become_a_column_each_and_gaps_stay():
    town = pd.Series(TOWNS).where(np.arange(300) != 0)
    names, values = coded(age=np.arange(300.0), town=town)
    assert names == ("age", "town_Oslo", "town_Rome")
    assert np.isnan(values[0, 1:]).all()
    np.testing.assert_array_equal(values[1:, 2], TOWNS[1:] == "Rome")


def test_truth_values_are_numbers():
    names, values = coded(old=np.arange(300) > 100)
    assert names == ("old",)
    assert values.sum() == 199


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pd.date_range("2020-01-01", periods=300), "dates"),
        ([f"person {n}" for n in range(300)], "more than 200 different words"),
        (np.where(np.arange(300) == 0, np.inf, 1.0), "infinite"),
    ],
)
def test_what_is_no_covariate_is_refused(column, words):
    with pytest.raises(InvalidInput, match=words):
        coded(x=column)


def test_a_gap_among_words_stays_in_the_columns_of_these_words():
    town = pd.Series(TOWNS).where(np.arange(300) != 0)
    names, values = coded(town=town, town_size=np.arange(300.0))
    assert names == ("town_size", "town_Oslo", "town_Rome")
    np.testing.assert_array_equal(np.isnan(values[0]), [False, True, True])


@pytest.mark.parametrize(
    "column",
    [
        np.arange(300).astype(object),
        [Decimal(n) for n in range(300)],
        pd.array(np.arange(300), dtype="Int64"),
    ],
)
def test_numbers_are_numbers_whatever_they_are_wrapped_in(column):
    names, values = coded(age=column)
    assert names == ("age",)
    np.testing.assert_array_equal(values[:, 0], np.arange(300))


@pytest.mark.parametrize("dtype", ["boolean", object])
def test_truth_values_with_gaps_are_numbers_with_gaps(dtype):
    old = pd.Series(np.where(np.arange(300) == 0, None, True), dtype=dtype)
    names, values = coded(old=old)
    assert names == ("old",)
    assert np.isnan(values[0, 0])
    assert (values[1:] == 1).all()


def test_masked_entries_are_gaps_and_sparse_arrays_are_arrays():
    masked = np.ma.masked_array(np.ones((300, 1)), mask=np.arange(300)[:, None] == 0)
    values = coded_columns(masked, "X", SCORES, drop_first=False)[1]
    assert np.isnan(values[0, 0])
    dense = coded_columns(sp.csr_matrix(np.eye(300)), "X", SCORES, drop_first=False)[1]
    np.testing.assert_array_equal(dense, np.eye(300))


def test_a_column_of_one_word_or_none_is_not_left_out():
    only = pd.DataFrame({"town": ["Rome"] * 300, "none": [None] * 300})
    names, values = coded_columns(only, "X", SCORES, drop_first=True)
    assert names == ("none", "town_Rome")
    assert np.isnan(values[:, 0]).all()


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(InvalidInput, match="town_Rome"):
        coded(town=TOWNS, town_Rome=np.ones(300))
    with pytest.raises(InvalidInput, match="'1'"):
        coded_columns(pd.DataFrame(np.ones((300, 2)), columns=[1, "1"]), "X", SCORES,
                      drop_first=False)  # fmt: skip


@pytest.mark.parametrize("dtype", ["category", int, float, str])
def test_a_category_is_found_whatever_its_dtype_is_later(dtype):
    later = pd.DataFrame({"site": pd.Series([10, 20, 10]).astype(dtype)})
    np.testing.assert_array_equal(columns_called(later, ["site_10"])[:, 0], [1, 0, 1])


def test_a_column_that_turned_from_words_to_numbers_or_back_is_refused():
    with pytest.raises(InvalidInput, match="town_Rome"):
        columns_called(pd.DataFrame({"town": [1.0, 2.0]}), ["town_Rome"])
    with pytest.raises(InvalidInput, match="'age'"):
        columns_called(pd.DataFrame({"age": ["young", "old"]}), ["age"])
