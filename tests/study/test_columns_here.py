"""What of a table can be looked at without a task."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from causal_dask.study.tables.columns_here import AT_ONCE, HEAD, columns_here
from causal_dask.study.tables.table import checked_table

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(50, AT_ONCE + 3))).add_prefix("x")


@pytest.mark.parametrize("make", [pl.DataFrame, lambda frame: pl.DataFrame(frame).to_arrow()])
def test_frames_have_their_columns_and_ends(make):
    for here in (columns_here(make(FRAME)), columns_here(FRAME)):
        assert [each.name for each in here] == list(FRAME)
        assert [each.ends for each in here] == list(zip(FRAME.min(), FRAME.max(), strict=True))


def test_arrays_have_the_same_ends_without_names():
    values = FRAME.to_numpy(copy=True)
    values[3] = np.nan
    here = columns_here(values)
    assert {each.name for each in here} == {None}
    assert [each.ends for each in here] == [each.ends for each in columns_here(FRAME.drop(3))]


def test_of_files_the_first_rows_are_read_some_columns_at_once(tmp_path):
    frame = pd.DataFrame({name: np.arange(HEAD + 5) for name in FRAME})
    frame.to_parquet(tmp_path / "part.parquet")
    here = columns_here(checked_table(str(tmp_path)))
    assert [each.name for each in here] == list(FRAME)
    assert {(len(each.values), each.ends) for each in here} == {(HEAD, (0, HEAD - 1))}


def test_what_are_no_numbers_has_no_ends():
    words = columns_here(FRAME.assign(x0="a", x1=pd.Timestamp(2020, 1, 1)))
    assert [each.ends for each in words[:2]] == [(), ()]
    assert [each.ends for each in columns_here(np.array([[True], [False]]))] == [()]
