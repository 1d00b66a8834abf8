"""New rows must have the kinds of columns that fit saw; training rows are known by their values."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMRegressor
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBRegressor

from causal_dask import (
    CausalDaskWarning,
    DRLearner,
    InvalidInput,
    SLearner,
    TLearner,
    TrainingRows,
)
from causal_dask.study.tables.column_kinds import kinds_of
from causal_dask.study.tables.kinds_of_fit import of_kinds
from causal_dask.study.tables.table import checked_table
from tests.catalogue import learner_of

RNG = np.random.default_rng(0)
N = 600
LEVEL = RNG.integers(0, 4, N)
W = RNG.integers(0, 2, N)
EFFECTS = np.array([0.0, 1.0, 2.0, 5.0])
Y = EFFECTS[LEVEL] * W + 0.1 * RNG.normal(size=N)
NAMES = np.array(["a", "b", "c", "d"])

MODELS = {
    "xgboost": XGBRegressor(n_estimators=30, max_depth=3, enable_categorical=True),
    "lightgbm": LGBMRegressor(n_estimators=60, min_child_samples=5, verbose=-1),
    "hist": HistGradientBoostingRegressor(categorical_features="from_dtype"),
}


def frame(values):
    return pd.DataFrame({"x": np.zeros(len(values)), "c": values})


def learner_of_categories(name, values):
    learner = TLearner(nuisance_model_factory=MODELS[name], n_folds=2, random_state=0)
    return learner.fit(frame(values), Y, W)


CATEGORIES = pd.Categorical(NAMES[LEVEL], categories=NAMES)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "new",
    [
        pd.Categorical(NAMES, categories=["d", "c", "b", "a"]),
        pd.Categorical(NAMES, categories=[*NAMES, "z"]),
        NAMES.astype(object),
        pd.array(NAMES, dtype="string"),
    ],
    ids=["another order", "an extra one", "words", "strings"],
)
def test_categories_are_those_of_fit_in_whatever_order_they_come(name, new):
    effects = learner_of_categories(name, CATEGORIES).predict(frame(new), is_oos=True)
    np.testing.assert_allclose(effects[:, 0, 0], EFFECTS, atol=0.5)  # levels are 1 apart or more


@pytest.mark.parametrize("name", MODELS)
def test_a_subset_of_the_categories_means_the_same(name):
    new = pd.Categorical(["d", "b"])
    effects = learner_of_categories(name, CATEGORIES).predict(frame(new), is_oos=True)
    np.testing.assert_allclose(
        effects[:, 0, 0], EFFECTS[[3, 1]], atol=0.5
    )  # levels are 1 apart or more


def test_a_category_that_fit_did_not_see_is_missing_and_told():
    learner = learner_of_categories("xgboost", CATEGORIES)
    with pytest.warns(CausalDaskWarning, match="column 'c' of 'X' .*: 'z'. They are missing"):
        found = learner.predict(frame(pd.Categorical(["a", "z"])), is_oos=True)
    missing = learner.predict(frame(pd.Categorical(["a", None], categories=NAMES)), is_oos=True)
    np.testing.assert_array_equal(found, missing)


@pytest.mark.parametrize("name", MODELS)
def test_a_category_of_numbers_where_numbers_were_is_these_numbers(name):
    learner = learner_of_categories(name, LEVEL * 10 + 10)
    effects = learner.predict(frame(pd.Categorical([10, 20, 30, 40])), is_oos=True)
    np.testing.assert_allclose(effects[:, 0, 0], EFFECTS, atol=0.5)  # levels are 1 apart or more


def test_numbers_where_a_category_of_numbers_was_are_these_categories():
    learner = learner_of_categories("xgboost", pd.Categorical(LEVEL * 10))
    effects = learner.predict(frame([0.0, 10.0, 20.0, 30.0]), is_oos=True)
    np.testing.assert_allclose(effects[:, 0, 0], EFFECTS, atol=0.5)  # levels are 1 apart or more


REFUSED = {
    "words for numbers": (LEVEL, ["a", "b"], "'c' of 'X' held numbers in fit and holds words"),
    "a category of words for numbers": (LEVEL, pd.Categorical(["a"]), "held numbers in fit"),
    "dates for numbers": (LEVEL, pd.to_datetime(["2020-01-01"]), "held numbers in fit"),
    "numbers for categories": (CATEGORIES, [1, 2], "'c' of 'X' has none of the categories"),
    "fractions for truth values": (LEVEL > 1, [0.5, 0.1], "held truth values in fit"),
    "a nullable truth value that is missing": (
        LEVEL > 1, pd.array([True, None], "boolean"), "truth values in fit and has missing values",
    ),
    "a missing truth value": (
        LEVEL > 1, [True, False, None], "has missing values now, the first at position 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("then", "now", "message"), REFUSED.values(), ids=REFUSED)
def test_values_of_another_kind_are_refused_by_the_name_of_their_column(then, now, message):
    learner = learner_of_categories("xgboost", then)
    with pytest.raises(InvalidInput, match=message):
        learner.predict(frame(now), is_oos=True)


def test_words_that_come_as_categories_are_words():
    encode = make_column_transformer((OneHotEncoder(), ["c"]), remainder="drop")
    learner = TLearner(nuisance_model_factory=make_pipeline(encode, Ridge()), n_folds=2)
    learner.fit(frame(NAMES[LEVEL].astype(object)), Y, W)
    as_words = learner.predict(frame(NAMES.astype(object)), is_oos=True)
    as_categories = learner.predict(frame(pd.Categorical(NAMES[::-1])), is_oos=True)
    np.testing.assert_array_equal(as_words, as_categories[::-1])


NUMBERS = pd.DataFrame(RNG.integers(1, 100, (N, 3)), columns=list("abc"))
OUTCOME = NUMBERS["a"] / 50 + W + RNG.normal(size=N)


@pytest.mark.parametrize(
    "dtype", ["float64", "float32", "int32", "Int64", "object", "float64[pyarrow]"]
)
def test_training_rows_in_another_dtype_are_the_training_rows(dtype):
    learner = learner_of(TLearner).fit(NUMBERS, OUTCOME, W)
    again = learner.predict(NUMBERS.astype(dtype))
    np.testing.assert_array_equal(again, learner.predict(NUMBERS))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, object])
def test_those_of_an_array_too(dtype):
    X = NUMBERS.to_numpy()
    learner = learner_of(TLearner).fit(X, OUTCOME, W)
    np.testing.assert_array_equal(learner.predict(X.astype(dtype)), learner.predict(X))
    np.testing.assert_array_equal(learner.predict(X.tolist()), learner.predict(X))


@pytest.mark.parametrize(
    "change", [lambda x: x.astype(np.float32), lambda x: x.astype(str).astype(float)]
)
def test_some_training_rows_are_counted_whatever_their_dtype(change):
    X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=list("abc"))
    learner = learner_of(TLearner).fit(X, OUTCOME, W)
    new = pd.concat([change(X.iloc[:7]), X.iloc[:13] + 1])
    with pytest.warns(TrainingRows, match="7 of the 20 rows"):
        learner.predict(new)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_column_of_any_kind_comes_back_as_it_was(data):
    kinds = {
        "int64": st.integers(-1000, 1000),
        "float64": st.floats(-1e6, 1e6),
        "float32": st.floats(-100, 100, width=32),
        "bool": st.booleans(),
        "object": st.text(min_size=1, max_size=3),
    }
    dtype = data.draw(st.sampled_from(sorted(kinds)))
    values = data.draw(st.lists(kinds[dtype], min_size=1, max_size=8))
    before = pd.DataFrame({"c": pd.Series(values, dtype=dtype)})
    if data.draw(st.booleans()):
        before["c"] = before["c"].astype("category")
    kinds = kinds_of(before)
    after = of_kinds(before.copy(), kinds, kinds)
    pd.testing.assert_frame_equal(after, before)
    objects = checked_table(before.astype(object)).content
    as_objects = of_kinds(objects, kinds_of(objects), kinds)
    pd.testing.assert_frame_equal(as_objects, before)


@pytest.mark.parametrize(
    "names",
    [
        [0, 1, 2],
        [(1, "x"), (1, "y"), (2, "x")],
        ["a[0]", "b<1", "c]"],
        ["a", 1, 2],
        ["a,b", "{c}", "d:"],
    ],
)
@pytest.mark.parametrize("model", [*MODELS, "linear"])
@pytest.mark.parametrize("cls", [SLearner, TLearner, DRLearner])
def test_columns_may_have_any_names(cls, model, names):
    X = pd.DataFrame(RNG.normal(size=(120, 3)))
    w = np.arange(120) % 2
    y = X[0] + w
    estimator = MODELS.get(model, LinearRegression())
    learner = cls(
        nuisance_model_factory=estimator,
        treatment_model_factory=LinearRegression,
        propensity_model_factory=LogisticRegression,
        n_folds=2,
        random_state=0,
    )
    plain = learner.fit(X.set_axis(list("abc"), axis=1), y, w).predict(
        X.set_axis(list("abc"), axis=1)
    )
    columns = pd.MultiIndex.from_tuples(names) if isinstance(names[0], tuple) else names
    named = X.set_axis(columns, axis=1)
    np.testing.assert_allclose(learner.fit(named, y, w).predict(named), plain, rtol=1e-6)


def test_a_model_that_never_sees_the_variant_is_told():
    X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=list("abc"))
    drops = make_pipeline(make_column_transformer((StandardScaler(), list("abc"))), Ridge())
    learner = SLearner(nuisance_model_factory=drops, n_folds=3, random_state=0).fit(X, Y, W)
    with pytest.warns(CausalDaskWarning, match="base_model predicts the same under every variant"):
        assert not learner.predict(X).any()


def test_a_class_whose_constructor_copies_its_parameters_needs_no_clone():
    class Copies(LinearRegression):
        def __init__(self, columns=()):
            super().__init__()
            self.columns = list(columns)

    learner = TLearner(
        nuisance_model_factory=Copies, nuisance_model_params={"columns": ["a"]}, n_folds=2
    )
    assert learner.fit(NUMBERS, OUTCOME, W).predict(NUMBERS).shape == (N, 1, 1)
