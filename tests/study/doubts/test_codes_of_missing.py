"""Numbers such as -999 that may stand for missing values are told where they are far from others."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression

from causal_dask import CausalDaskWarning, TLearner
from causal_dask.datasets import make_study

STUDY = make_study(200, random_state=0)
X = pd.DataFrame(STUDY.X[:, :3], columns=list("abc"))
LEARNER = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
IS_CODE = np.arange(200) < 7


def test_an_outcome_with_a_code_is_told():
    y = np.where(IS_CODE, -999, STUDY.y)
    with pytest.warns(CausalDaskWarning, match="'y' has the value -999 in 7 of 200 rows, far from"):
        LEARNER.fit(X, y, STUDY.w)


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame, pd.DataFrame.to_numpy, lambda frame: pl.DataFrame(frame.to_dict("list"))],
)
@pytest.mark.parametrize("code", [-9, 99, -9999, 999_999, 998])
def test_a_covariate_with_a_code_is_told(code, table):
    coded = table(X.assign(b=np.where(IS_CODE, code, np.arange(200) % 5)))
    with pytest.warns(CausalDaskWarning, match=f"the value {code:g} in 7 of 200 rows"):
        LEARNER.fit(coded, STUDY.y, STUDY.w)


def test_two_codes_do_not_hide_each_other():
    codes = X.assign(b=np.where(IS_CODE, -999, np.where(IS_CODE[::-1], -998, STUDY.X[:, 1])))
    with pytest.warns(CausalDaskWarning) as told:
        LEARNER.fit(codes, STUDY.y, STUDY.w)
    assert ["-999" in str(told[0].message), "-998" in str(told[1].message)] == [True, True]


def test_the_first_rows_of_files_are_looked_at(tmp_path):
    coded = X.assign(b=np.where(IS_CODE, -999, X["b"]), y=STUDY.y, w=STUDY.w)
    coded.to_parquet(tmp_path / "table.parquet")
    with pytest.warns(CausalDaskWarning, match="The column 'b' of 'X' has the value -999"):
        LEARNER.fit(tmp_path / "table.parquet", "y", "w")


@pytest.mark.parametrize(
    "values",
    [np.arange(200) % 100, np.where(IS_CODE, -999.5, 0), np.arange(200) * 5 - 999, IS_CODE * 99],
)
def test_values_among_others_and_constants_are_numbers(values):
    LEARNER.fit(X.assign(b=np.minimum(values, 99)), STUDY.y, STUDY.w)
