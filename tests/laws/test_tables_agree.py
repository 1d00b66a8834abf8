"""The same numbers in another kind of table give the same effects."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from xgboost import XGBClassifier, XGBRegressor

from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, LINEAR

STUDY = make_study(400, n_features=5, n_variants=3, random_state=0)
STUDY.X[np.abs(STUDY.X) < 0.3] = 0.0

BOOSTED = {
    "nuisance_model_factory": XGBRegressor(n_estimators=4, max_depth=3, subsample=0.7),
    "propensity_model_factory": XGBClassifier(n_estimators=4, max_depth=2, subsample=0.7),
    "treatment_model_factory": XGBRegressor(n_estimators=4, max_depth=3, subsample=0.7),
}

MODELS = {"linear": LINEAR, "boosted": BOOSTED}

pytestmark = pytest.mark.parametrize("cls", LEARNERS)


def frame_of(X):
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def effects(cls, models, table, y=STUDY.y, w=STUDY.w):
    """In-sample and out-of-sample effects."""
    learner = cls(**MODELS[models], n_folds=2, random_state=0).fit(table, y, w)
    return np.concatenate([learner.predict(table), learner.predict(table, is_oos=True)])


@cache
def of_arrays(cls, models):
    return effects(cls, models, STUDY.X)


def test_pandas_is_numpy_to_rounding_with_linear_models(cls):
    found = effects(cls, "linear", frame_of(STUDY.X))
    # The issue asks for 1e-10: a frame's columns may lie in memory in another order.
    np.testing.assert_allclose(found, of_arrays(cls, "linear"), rtol=0, atol=1e-10)


def test_pandas_is_numpy_to_the_bit_with_boosted_trees(cls):
    found = effects(cls, "boosted", frame_of(STUDY.X))
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))


@pytest.mark.parametrize("make", [sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_sparse_is_dense_with_linear_models(cls, make):
    found = effects(cls, "linear", make(STUDY.X))
    # LinearRegression solves sparse systems iteratively, to about 1e-8.
    np.testing.assert_allclose(found, of_arrays(cls, "linear"), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "index",
    [
        np.random.default_rng(0).permutation(400),
        np.repeat(np.arange(200), 2),
        pd.date_range("2020", periods=400),
        pd.MultiIndex.from_product([range(20), list("abcdefghijklmnopqrst")]),
    ],
    ids=["shuffled", "repeated", "dates", "levels"],
)
def test_rows_are_told_apart_by_place_whatever_their_index(cls, index):
    X, y, w = frame_of(STUDY.X), pd.Series(STUDY.y, index), pd.Series(STUDY.w, index)
    found = effects(cls, "boosted", X.set_index(index), y, w)
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))


def test_lists_are_arrays(cls):
    found = effects(cls, "linear", STUDY.X.tolist(), STUDY.y.tolist(), STUDY.w.tolist())
    np.testing.assert_array_equal(found, of_arrays(cls, "linear"))


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32])
def test_the_dtype_of_w_does_not_matter(cls, kind):
    found = effects(cls, "linear", STUDY.X, w=STUDY.w.astype(kind))
    np.testing.assert_array_equal(found, of_arrays(cls, "linear"))


def test_memory_order_does_not_matter_to_the_bit_with_boosted_trees(cls):
    found = effects(cls, "boosted", np.asfortranarray(STUDY.X))
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))


def test_columns_of_y_and_w_may_be_frames_of_one_column(cls):
    y, w = pd.DataFrame({"y": STUDY.y}), STUDY.w[:, None]
    found = effects(cls, "linear", frame_of(STUDY.X), y, w)
    np.testing.assert_array_equal(found, effects(cls, "linear", frame_of(STUDY.X)))


def test_read_only_arrays_work_and_are_the_same_data(cls):
    X, y, w = STUDY.X.copy(), STUDY.y.copy(), STUDY.w.copy()
    for array in (X, y, w):
        array.flags.writeable = False
    found = effects(cls, "boosted", X, y, w)
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))


def test_strided_views_work_and_are_the_same_data(cls):
    wide = np.repeat(STUDY.X, 2, axis=1)
    found = effects(cls, "boosted", wide[:, ::2], np.repeat(STUDY.y, 2)[::2], STUDY.w)
    np.testing.assert_array_equal(found, of_arrays(cls, "boosted"))
