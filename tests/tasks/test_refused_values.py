"""Errors of base models about values that they do not take name the columns that have them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression

from causal_dask import ModelFailed, TLearner
from causal_dask.tasks.refused_values import refused_values
from causal_dask.tasks.rows import Design

ROWS = np.random.default_rng(0).normal(size=(60, 3))
W, Y = np.arange(60) % 2, ROWS.sum(axis=1)
INFINITE = np.where(np.arange(180).reshape(60, 3) == 4, -np.inf, ROWS)
TABLES = {
    "an array": (lambda rows: rows, "column 1"),
    "a sparse matrix": (sp.csr_matrix, "column 1"),
    "pandas": (lambda rows: pd.DataFrame(rows, columns=["a", "b", "c"]), "column 'b'"),
    "polars": (lambda rows: pl.DataFrame(rows, schema=["a", "b", "c"]), "column 'b'"),
}


@pytest.mark.parametrize(("table", "column"), TABLES.values(), ids=TABLES)
def test_the_column_of_values_that_a_model_refuses_is_named(table, column):
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    told = f"where 'X' has infinite values in the {column}"
    with pytest.raises(ModelFailed, match=f"while predicting .*{told}"):
        learner.fit(table(ROWS), Y, W).predict(table(INFINITE), is_oos=True)
    with pytest.raises(ModelFailed, match=f"while fitting .*{told}"):
        learner.fit(table(INFINITE), Y, W)


def test_columns_are_named_that_the_model_saw_and_by_what_the_error_speaks_of():
    words = pd.DataFrame({"a": ["x", "y"], "b": [np.nan, 1], "c": [np.inf, np.nan]})
    rows, design = np.array([0, 1]), Design(features=(0, 1))
    missing, other = ValueError("Input X contains NaN."), ValueError("no convergence")
    told = ", where 'X' has missing values in the column 'b'"
    assert refused_values(missing, words, design, rows) == told
    assert refused_values(missing, words.iloc[:, 1:].to_numpy(), Design(), rows).endswith("s 0, 1")
    assert refused_values(other, words, design, rows) == ""


@pytest.mark.parametrize(
    "values",
    [
        pd.date_range("2020", periods=60),
        pd.timedelta_range("1h", periods=60),
        pd.period_range("2020", periods=60, freq="D"),
        ["1,5"] * 59 + ["-0,3"],
        [1] * 59 + ["unknown"],
    ],
    ids=["dates", "durations", "periods", "decimal commas", "a word at the end"],
)
def test_a_column_of_something_else_than_numbers_is_named(values):
    X = pd.DataFrame(ROWS, columns=["a", "b", "c"]).assign(c=values)
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    with pytest.raises(ModelFailed, match="where 'X' has values that are no numbers in the column"):
        learner.fit(X, Y, W)
