"""Errors of base models about values that they do not take name the columns that have them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from lightgbm import LGBMRegressor
from sklearn.linear_model import LinearRegression
from xgboost import XGBRegressor

from causal_dask import ModelFailed, TLearner
from causal_dask.models import SplineRegressor
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
    told = ", where 'X' has missing values in the column 'b'; the boosted models of"
    assert refused_values(missing, words, design, rows).startswith(told)
    assert "s 0, 1; the" in refused_values(missing, words.iloc[:, 1:].to_numpy(), Design(), rows)
    assert refused_values(other, words, design, rows) == ""


FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
HALF = np.arange(60) // 2 % 2
TOWNS, SMOKER = np.array(["Bern", "Zug"])[HALF], pd.Categorical(np.array(["no", "yes"])[HALF])
MIXED = {
    "pandas": FRAME.assign(town=TOWNS, smoker=SMOKER),
    "pandas strings": FRAME.assign(town=pd.Series(TOWNS, dtype="string"), smoker=SMOKER),
    "polars": pl.DataFrame(FRAME.assign(town=TOWNS, smoker=SMOKER)),
}


def told(what, model, table):
    learner = TLearner(nuisance_model_factory=model, n_folds=2, random_state=0)
    with pytest.raises(ModelFailed, match=f"where 'X' has {what}"):
        learner.fit(table, Y, W)


WORDS = "words in the columns 'town', 'smoker'; the boosted models of causal_dask"


@pytest.mark.parametrize("table", MIXED.values(), ids=MIXED)
def test_columns_of_words_are_named_with_models_that_take_them(table):
    told(WORDS, LinearRegression, table)


@pytest.mark.parametrize("model", [XGBRegressor, LGBMRegressor])
def test_words_are_told_of_boosted_trees_too(model):
    told(WORDS, model, MIXED["pandas"])
    told("words in the column", model, MIXED["polars"])


@pytest.mark.parametrize("model", [XGBRegressor, LinearRegression, SplineRegressor])
def test_dates_are_told_with_what_to_make_of_them(model):
    seen = FRAME.assign(seen=pd.date_range("2020-01-01", periods=60))
    told("dates or durations in the column 'seen'; make numbers of these", model, seen)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (pd.timedelta_range("1h", periods=60), "dates or durations"),
        (pd.period_range("2020", periods=60, freq="D"), "dates or durations"),
        (["1,5"] * 59 + ["-0,3"], "words"),
        ([1] * 59 + ["unknown"], "words"),
    ],
    ids=["durations", "periods", "decimal commas", "a word at the end"],
)
def test_a_column_of_something_else_than_numbers_is_named(values, what):
    told(f"{what} in the column 'c'", LinearRegression, FRAME.assign(c=values))
