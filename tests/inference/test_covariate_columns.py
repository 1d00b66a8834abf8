"""Covariates beside scores, as numbers: words, gaps, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput, Scores
from causal_dask.inference.covariate_columns import coded_columns

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
