"""Dates that are written as whole numbers are told."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from causal_dask import CausalDaskWarning, TLearner
from causal_dask.datasets import make_study

STUDY = make_study(90, random_state=0)
LEARNER = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
DATES = pd.date_range("2023-12-01", periods=90).strftime("%Y%m%d").astype(int).to_numpy()


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_dates_as_numbers_are_told(dtype):
    X = pd.DataFrame({"x": STUDY.X[:, 0], "visit": DATES.astype(dtype)})
    with pytest.warns(CausalDaskWarning, match="'visit' of 'X' has dates as numbers, such as 2023"):
        LEARNER.fit(X, STUDY.y, STUDY.w)


def test_gaps_hide_no_dates():
    X = pd.DataFrame({"visit": np.where(np.arange(90) % 7, DATES, np.nan)})
    learner = TLearner(nuisance_model_factory=DummyRegressor, n_folds=2, random_state=0)
    with pytest.warns(CausalDaskWarning, match="'visit' of 'X' has dates as numbers"):
        learner.fit(X, STUDY.y, STUDY.w)


@pytest.mark.parametrize(
    "values", [DATES + 50, DATES / 10, DATES % 3 + 20_240_101, np.arange(90) + 20_000_000]
)
def test_other_numbers_are_not(values):
    LEARNER.fit(pd.DataFrame({"x": STUDY.X[:, 0], "v": values}), STUDY.y, STUDY.w)
