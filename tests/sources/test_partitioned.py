"""Rows taken from partitions are those of the whole table."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from causal_dask.runtime.shared_files import own_file
from causal_dask.sources.partitioned import Partitioned

ROWS = np.arange(60, dtype=np.float32).reshape(20, 3)
FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
BOUNDS = [0, 7, 7, 8, 20]


def parts_of(table):
    return [table[start:stop] for start, stop in pairwise(BOUNDS)]


@given(st.lists(st.integers(0, 19), unique=True).map(sorted), st.sampled_from([None, (0,), (2, 1)]))
def test_some_rows_and_columns_are_those_of_the_whole(rows, features):
    numbers = np.array(rows, dtype=int)
    columns = [0, 1, 2] if features is None else list(features)
    expected = ROWS[numbers][:, columns]
    array = Partitioned(parts_of(ROWS)).frame(numbers, features)
    frame = Partitioned(parts_of(FRAME), ("a", "b", "c")).frame(numbers, features)
    assert np.array_equal(array, expected)
    assert_frame_equal(frame, pd.DataFrame(expected, columns=FRAME.columns[columns]))
    assert array.dtype == frame.dtypes.iloc[0] == np.float32


@pytest.mark.parametrize("rows", [None, slice(3, 9)])
def test_all_rows_or_a_range_are_those_of_the_whole(rows):
    mixed = FRAME.assign(word=["x", "y"] * 10)
    found = Partitioned(parts_of(mixed), ("c", "word")).frame(rows, None)
    expected = mixed[["c", "word"]][rows or slice(None)]
    assert_frame_equal(found, expected.reset_index(drop=True))


def test_partitions_of_numbers_can_be_put_into_a_file():
    found = Partitioned(parts_of(FRAME), ("c", "a")).spool("X-partitioned", own_file)
    assert_frame_equal(found.open(own_file), FRAME[["c", "a"]])
