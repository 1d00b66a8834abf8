"""One study as numpy, pandas, polars, Arrow and CSR: the same numbers from all of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression, LogisticRegression
from xgboost import XGBClassifier, XGBRegressor

from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, WITH_OUTCOMES, with_score

STUDY = make_study(200, n_features=4, n_variants=3, random_state=0)
FULL = STUDY.X
HOLED = np.where(np.abs(FULL) < 0.4, 0.0, FULL)
NAMES = list("abcd")
SCORING = {"propensity_model": ["roc_auc_ovr"]}

LINEAR = {
    "nuisance_model_factory": LinearRegression(),
    "propensity_model_factory": LogisticRegression(),
    "treatment_model_factory": LinearRegression(),
}
BOOSTED = {
    "nuisance_model_factory": XGBRegressor(n_estimators=4, max_depth=3, subsample=0.7),
    "propensity_model_factory": XGBClassifier(n_estimators=4, max_depth=2, subsample=0.7),
    "treatment_model_factory": XGBRegressor(n_estimators=4, max_depth=3, subsample=0.7),
}
MODELS = {"linear": LINEAR, "boosted": BOOSTED}


def same(values):
    return values


def pandas_frame(X):
    return pd.DataFrame(X, columns=NAMES)


def arrow_backed(X):
    return pandas_frame(X).convert_dtypes(dtype_backend="pyarrow")


def nullable(X):
    return pandas_frame(X).convert_dtypes(dtype_backend="numpy_nullable")


def polars_frame(X):
    return pl.DataFrame(X, schema=NAMES)


def arrow_table(X):
    return pa.table(dict(zip(NAMES, X.T, strict=True)))


TABLES = {
    "pandas": (pandas_frame, pd.Series),
    "pandas, nullable": (nullable, lambda values: pd.Series(values).convert_dtypes()),
    "pandas, Arrow": (arrow_backed, lambda v: pd.Series(v).convert_dtypes(dtype_backend="pyarrow")),
    "polars": (polars_frame, pl.Series),
    "Arrow": (arrow_table, lambda values: pa.chunked_array([values])),
}
all_tables = pytest.mark.parametrize(("table", "column"), TABLES.values(), ids=TABLES)
all_learners = pytest.mark.parametrize("cls", LEARNERS)


def numbers(cls, models, X, table=same, column=same):
    """All that a learner says of training rows and new ones, as one array."""
    data = (table(X), column(STUDY.y), column(STUDY.w))
    learner = cls(**MODELS[models], n_folds=2, random_state=0).fit(*data)
    new = table(X[:20] * 1.125)  # zeros stay zeros
    scores = [*learner.evaluate(*data, scoring=SCORING).values()]
    if cls in with_score(3):
        scores += [*np.ravel(tuple(learner.average_treatment_effect(*data)))]
    asked = [learner.predict]
    if cls in WITH_OUTCOMES:
        asked.append(learner.predict_conditional_average_outcomes)
    found = [ask(X) for ask in asked for X in (data[0], new)]
    return np.concatenate([*map(np.ravel, found), scores])


@cache
def of_arrays(cls, models, name="full"):
    tables = {
        "full": FULL,
        "holed": HOLED,
        "missing": np.where(HOLED == 0, np.nan, HOLED),
    }
    return numbers(cls, models, tables[name])


@all_tables
@all_learners
def test_frames_are_arrays_to_the_bit_with_boosted_trees(cls, table, column):
    found = numbers(cls, "boosted", FULL, table, column)
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))


@all_tables
@all_learners
def test_frames_are_arrays_to_rounding_with_linear_models(cls, table, column):
    found = numbers(cls, "linear", FULL, table, column)
    # The issue asks for 1e-10: a frame's columns may lie in memory in another order.
    np.testing.assert_allclose(found, of_arrays(cls, "linear"), rtol=0, atol=1e-10)


@pytest.mark.parametrize("make", [sp.csr_matrix, sp.csr_array])
@all_learners
def test_sparse_matrices_are_arrays_with_linear_models(cls, make):
    found = numbers(cls, "linear", HOLED, make)
    # The issue asks for 1e-6: least squares of sparse matrices is solved iteratively.
    np.testing.assert_allclose(found, of_arrays(cls, "linear", "holed"), rtol=0, atol=1e-6)


@all_learners
def test_without_zeros_a_sparse_matrix_is_its_array_with_boosted_trees(cls):
    found = numbers(cls, "boosted", FULL, sp.csr_matrix)
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))


@all_learners
def test_boosted_trees_read_what_a_sparse_matrix_leaves_out_as_missing(cls):
    found = numbers(cls, "boosted", HOLED, sp.csr_matrix)
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted", "missing"))
    assert np.abs(found - of_arrays(cls, "boosted", "holed")).max() > 0.01
