"""Columns beside a table without an index are taken by position, which is told where it looks wrong."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression

from causal_dask import CausalDaskWarning, TLearner
from causal_dask.datasets import make_study

STUDY = make_study(60, random_state=0)
LEARNER = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
SHUFFLED = pd.Series(STUDY.y).sample(frac=1, random_state=0)


@pytest.mark.parametrize("X", [STUDY.X, pl.DataFrame(STUDY.X)])
def test_an_index_that_counts_the_rows_in_another_order_is_told(X):
    with pytest.warns(
        CausalDaskWarning, match="The pandas index of 'y' counts the rows in another"
    ):
        LEARNER.fit(X, SHUFFLED, STUDY.w)
    with pytest.warns(CausalDaskWarning, match="The pandas index of 'sample_weight' counts"):
        LEARNER.fit(X, STUDY.y, STUDY.w, sample_weight=SHUFFLED.abs() + 1)


@pytest.mark.parametrize("index", [np.arange(60), np.arange(60)[::-1] + 5, list("ab") * 30])
def test_an_index_that_does_not_count_the_rows_may_be_anything(index):
    LEARNER.fit(STUDY.X, pd.Series(STUDY.y, index=index), STUDY.w)
