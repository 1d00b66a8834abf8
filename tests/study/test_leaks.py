"""The outcome or the variant among the covariates is an error, or told."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression

from causal_dask import CausalDaskWarning, InvalidInput, ModelFailed, TLearner
from causal_dask.datasets import make_study

STUDY = make_study(200, random_state=0)
LEARNER = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
COVARIATES = pd.DataFrame(STUDY.X[:, :5], columns=list("abcde"))
FRAME = COVARIATES.assign(y=STUDY.y, w=STUDY.w)


def in_polars(frame):
    return pl.DataFrame(frame.to_dict("list"))


@pytest.mark.parametrize("table", [pd.DataFrame, in_polars])
@pytest.mark.parametrize("role", ["y", "w"])
def test_a_column_that_is_given_too_is_refused(role, table):
    given = table(FRAME)
    with pytest.raises(InvalidInput, match=f"'X' has the column '{role}' with the values of"):
        LEARNER.fit(table(FRAME[[*COVARIATES, role]]), given["y"], given["w"])


@pytest.mark.parametrize("table", [pd.DataFrame.to_numpy, pd.DataFrame, in_polars])
def test_equal_values_under_another_name_are_told(table):
    X = table(COVARIATES.assign(total=STUDY.y))
    with pytest.warns(CausalDaskWarning, match="with the values of 'y', the outcome. If it is"):
        LEARNER.fit(X, STUDY.y, STUDY.w)


def test_few_rows_may_be_equal_by_chance():
    w = np.tile([0, 1], 6)
    LEARNER.fit(np.column_stack([w, np.arange(12)]), np.sin(np.arange(12)), w)


def test_a_column_of_this_name_with_other_values_is_a_covariate():
    before = COVARIATES.assign(y=STUDY.y - 1)
    LEARNER.fit(before, pd.Series(STUDY.y, name="y"), STUDY.w)


def test_columns_of_words_are_compared_too():
    arm = pd.Series(np.array(["none", "drug"])[STUDY.w], name="arm")
    with pytest.raises(InvalidInput, match="'X' has the column 'arm' with the values of 'w'"):
        TLearner(**LEARNER.get_params(deep=False) | {"control": "none"}).fit(
            COVARIATES.assign(arm=arm), STUDY.y, arm
        )


def test_columns_with_missing_values_are_no_copies():
    gaps = pd.Series([*STUDY.w[:-1], pd.NA], dtype=object)
    with pytest.raises(ModelFailed, match="contains NaN"):
        LEARNER.fit(COVARIATES.assign(gaps=gaps), STUDY.y, STUDY.w)
