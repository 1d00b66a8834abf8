"""Fits to covariates that are prepared once, against plain fits to the same rows."""

import pickle

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge

from causal_dask.sources.partitioned import Partitioned
from causal_dask.tasks.prepared.bins import bin_columns, least_of_bins
from causal_dask.tasks.prepared.dataset import make_dataset
from causal_dask.tasks.prepared.factors import factor, moments
from causal_dask.tasks.prepared.kinds import preparation_for
from causal_dask.tasks.prepared.linear import fit_on_factors
from causal_dask.tasks.prepared.seen import first_row, numbers_of, seen_by
from causal_dask.tasks.rows import Design, Selection

# LightGBM 4.6 says so of its own fits to arrays
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

RNG = np.random.default_rng(0)
N = 3_000
X = RNG.normal(size=(N, 5))
X[:, 2] = RNG.integers(0, 3, N)
X[RNG.random(N) < 0.1, 3] = np.nan
Y = X[:, 0] + X[:, 2] + RNG.normal(size=N)
W = RNG.integers(0, 2, N)
ROWS = np.flatnonzero(RNG.random(N) < 0.7)
TABLES = {"array": X, "frame": pd.DataFrame(X).add_prefix("c")}
DESIGNS = {"plain": Design(), "some": Design((0, 2)), "variant": Design(None, "dummies", 2)}
BOOSTED = {
    "XGBRegressor": (bin_columns, xgboost.XGBRegressor(n_estimators=20, n_jobs=1)),
    "XGBClassifier": (bin_columns, xgboost.XGBClassifier(n_estimators=20, n_jobs=1)),
    "LGBMRegressor": (make_dataset, lightgbm.LGBMRegressor(n_estimators=20, n_jobs=1, verbose=-1)),
    "LGBMClassifier": (
        make_dataset, lightgbm.LGBMClassifier(n_estimators=20, n_jobs=1, verbose=-1)
    ),
}  # fmt: skip


def prepared(make, estimator, table, design):
    settings_ = preparation_for(estimator).settings
    return make(table, design, w=W, **settings_)


def target_for(name):
    return Y if "Regressor" in name else (Y > 1).astype(int)


def predictions(model, name, table):
    return model.predict(table) if "Regressor" in name else model.predict_proba(table)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("name", BOOSTED)
def test_a_fit_of_all_rows_has_the_bins_that_a_plain_fit_finds(name, kind, design):
    make, estimator = BOOSTED[name]
    table, design, target = TABLES[kind], DESIGNS[design], target_for(name)
    all_rows = seen_by(table, design, np.arange(N), W)
    whole = all_rows.whole(estimator)
    shared = prepared(make, estimator, table, design).fit(clone(estimator), all_rows, target, {})
    plain = clone(estimator).fit(whole, target)
    # few distinct values have the same bins both ways; of many, XGBoost's sketch has its own
    same = predictions(shared, name, whole), predictions(plain, name, whole)
    if name.startswith("LGBM"):
        np.testing.assert_allclose(*same, atol=1e-12)
    assert np.corrcoef(np.ravel(same[0]), np.ravel(same[1]))[0, 1] > 0.97


@pytest.mark.parametrize("name", BOOSTED)
def test_few_distinct_values_give_the_trees_of_a_plain_fit(name):
    make, estimator = BOOSTED[name]
    table, target = np.round(np.nan_to_num(X), 1), target_for(name)
    seen = seen_by(table, Design(), ROWS, None)
    shared = make(table, Design(), **preparation_for(estimator).settings)
    fitted = shared.fit(clone(estimator), seen, target[ROWS], {})
    plain = clone(estimator).fit(table[ROWS], target[ROWS])
    if name.startswith("XGB"):
        ours, theirs = predictions(fitted, name, table), predictions(plain, name, table)
        assert np.mean(np.abs(ours - theirs) > 1e-5) < 0.05


@pytest.mark.parametrize("name", BOOSTED)
def test_the_fitted_object_is_the_users_class_with_its_attributes(name):
    make, estimator = BOOSTED[name]
    table, target = TABLES["frame"], target_for(name)
    seen = seen_by(table, Design(), ROWS, None)
    shared = prepared(make, estimator, table, Design())
    fitted = shared.fit(clone(estimator), seen, target[ROWS], {})
    plain = clone(estimator).fit(table.iloc[ROWS], target[ROWS])
    assert type(fitted) is type(plain)
    assert set(vars(fitted)) == set(vars(plain))
    assert fitted.n_features_in_ == plain.n_features_in_
    assert list(fitted.feature_names_in_) == list(plain.feature_names_in_)
    assert fitted.get_params() == plain.get_params()
    again = pickle.loads(pickle.dumps(fitted))
    assert (predictions(again, name, table) == predictions(fitted, name, table)).all()


@pytest.mark.parametrize("name", BOOSTED)
def test_weights_count_and_a_prepared_table_travels(name):
    make, estimator = BOOSTED[name]
    table, target = TABLES["array"], target_for(name)
    seen = seen_by(table, Design(), ROWS, None)
    shared = prepared(make, estimator, table, Design())
    weights = np.where(X[ROWS, 0] > 0, 5.0, 0.1)
    travelled = pickle.loads(pickle.dumps(shared))
    fits = [
        each.fit(clone(estimator), seen, target[ROWS], {"sample_weight": weights})
        for each in (shared, travelled)
    ]
    without = shared.fit(clone(estimator), seen, target[ROWS], {})
    first, second = (predictions(fit, name, table) for fit in fits)
    assert (first == second).all()
    assert not np.allclose(first, predictions(without, name, table))


@pytest.mark.parametrize("name", [name for name in BOOSTED if name.startswith("LGBM")])
def test_rows_in_partitions_are_fitted_as_those_of_one_table(name):
    make, estimator = BOOSTED[name]
    whole, target = TABLES["frame"], target_for(name)
    target = target[np.argsort(-target, kind="stable")]  # the greatest first
    apart = Partitioned([whole[:1_000], whole[1_000:]], tuple(whole.columns))
    fits = [
        prepared(make, estimator, table, Design()).fit(
            clone(estimator), seen_by(table, Design(), ROWS, None), target[ROWS], {}
        )
        for table in (whole, apart)
    ]
    one, other = (predictions(fit, name, whole) for fit in fits)
    assert (one == other).all()


def test_words_are_not_prepared():
    table = pd.DataFrame({"a": X[:, 0], "b": pd.Categorical(["x"] * N)})
    assert bin_columns(table, Design(), 256) is None
    assert make_dataset(table, Design(), 1000) is None
    assert factor(Selection(), 0, table, Design(), folds=np.zeros(N, int)) is None
    assert numbers_of(pl.from_pandas(table.astype({"b": str}))) is None


def test_gaps_in_frames_of_other_libraries_are_not_numbers():
    columns = {"a": [1, None], "b": [None, True], "c": [0.5, None]}
    for table in (pl.DataFrame(columns), pa.table(columns)):
        found = numbers_of(table)
        np.testing.assert_array_equal(found, [[1, np.nan, 0.5], [np.nan, 1, np.nan]])


@pytest.mark.parametrize(
    "estimator",
    [
        xgboost.XGBRegressor(tree_method="exact"),
        xgboost.XGBRegressor(booster="gblinear"),
        xgboost.XGBRegressor(missing=0.0),
        xgboost.XGBRegressor(max_bin=1000),
        xgboost.XGBRegressor(device="cuda"),
        xgboost.XGBRegressor(early_stopping_rounds=3),
        xgboost.XGBRFRegressor(),
        lightgbm.LGBMRegressor(linear_tree=True),
        lightgbm.LGBMClassifier(class_weight="balanced"),
        lightgbm.LGBMRegressor(objective=lambda a, b: (a, b)),
        LinearRegression(positive=True),
        Ridge(solver="sag"),
        Ridge(alpha=np.array([1.0])),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_settings_that_a_preparation_would_change_are_fitted_plainly(estimator):
    assert preparation_for(estimator) is None


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0]) | st.floats(-9, 9, width=32), min_size=1),
       st.integers(2, 256))  # fmt: skip
def test_bins_start_at_values_and_are_as_many_as_asked_for(values, n_bins):
    values = np.array(values, dtype=np.float32)
    found = least_of_bins(values, n_bins)
    distinct = np.unique(values)
    assert set(found) <= set(distinct)
    assert len(found) <= n_bins
    assert found[0] == distinct[0]
    if len(distinct) <= n_bins:
        assert (found == distinct).all()


def test_a_value_of_most_rows_leaves_bins_for_the_others():
    values = np.where(RNG.random(100_000) < 0.9, 0, RNG.normal(size=100_000))
    found = least_of_bins(values.astype(np.float32), 256)
    assert len(found) > 250
    assert 0 in found


FOLDS = RNG.integers(0, 4, N)
NUMBERS = np.nan_to_num(X) * [1, 10, 1, 0.1, 1] + [0, 100, 0, 0, 3]


def on_factors(  # noqa: PLR0913
    estimator, selection, table, design=DESIGNS["plain"], without=(), weights=None
):
    own = Selection(selection.rows, selection.variant)
    shared = {"w": W, "folds": FOLDS, "sample_weight": weights}
    shared = {name: values for name, values in shared.items() if values is not None}
    folds = [fold for fold in range(4) if fold not in without]
    factors = [factor(own, fold, table, design, **shared) for fold in folds]
    sums = [moments(own, fold, table, design, Y, **shared) for fold in folds]
    return fit_on_factors(factors, sums, clone(estimator), first_row(table, design, W))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(alpha=30.0),
        Ridge(alpha=3.0, fit_intercept=False, solver="svd"),
    ],
    ids=repr,
)
def test_merged_factors_give_the_coefficients_of_a_plain_fit(estimator, weighted, design):
    table, design = pd.DataFrame(NUMBERS).add_prefix("c"), DESIGNS[design]
    weights = RNG.random(N) if weighted else None
    for selection, rows in (
        (Selection("all", None, (1,)), FOLDS != 1),
        (Selection("variant", 1, (0, 2)), (W == 1) & (FOLDS != 0) & (FOLDS != 2)),
        (Selection("control"), W == 0),
    ):
        fitted = on_factors(estimator, selection, table, design, selection.without, weights)
        seen = seen_by(table, design, np.flatnonzero(rows), W).whole(estimator)
        if design.encoding and selection.rows != "all":
            assert fitted is None  # one of the columns is constant
            continue
        plain = clone(estimator).fit(
            seen, Y[rows], sample_weight=None if weights is None else weights[rows]
        )
        np.testing.assert_allclose(fitted.coef_, plain.coef_, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(fitted.intercept_, plain.intercept_, rtol=1e-9, atol=1e-9)
        assert list(fitted.feature_names_in_) == list(plain.feature_names_in_)
        assert set(vars(plain)) == set(vars(fitted))


def test_columns_that_nearly_depend_on_each_other_are_fitted_plainly():
    table = np.column_stack([NUMBERS, NUMBERS[:, 0] + 1e-7 * RNG.normal(size=N)])
    assert on_factors(LinearRegression(), Selection(), table) is None
    assert on_factors(LinearRegression(), Selection(), NUMBERS) is not None


def test_missing_numbers_are_left_to_the_plain_fit_which_says_so():
    assert on_factors(LinearRegression(), Selection(), X) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_factors_keep_their_digits_far_from_zero(seed, shift, scale):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(N, 3)) * scale + shift
    y = table @ [1, -2, 0.5] + rng.normal(size=N) * scale
    own = {"folds": FOLDS}
    factors = [factor(Selection(), fold, table, Design(), **own) for fold in range(4)]
    sums = [moments(Selection(), fold, table, Design(), y, **own) for fold in range(4)]
    fitted = fit_on_factors(factors, sums, LinearRegression(), table[:1])
    plain = LinearRegression().fit(table, y)
    worst = np.abs(fitted.predict(table) - plain.predict(table)).max()
    assert worst <= 1e-9 * (abs(shift) + scale)


@pytest.mark.parametrize("n_classes", [3, 60])
@pytest.mark.parametrize("name", ["XGBClassifier", "LGBMClassifier"])
def test_all_classes_are_learned_however_many(name, n_classes):
    make, estimator = BOOSTED[name]
    few = clone(estimator).set_params(n_estimators=2)
    target = (np.arange(N) + 7) % n_classes
    table = np.column_stack([target + 0.0, X[:, 0]])
    seen = seen_by(table, Design(), np.arange(N), None)
    shared = make(table, Design(), **preparation_for(few).settings)
    fitted = shared.fit(few, seen, target, {})
    assert fitted.predict_proba(table).shape == (N, n_classes)
    assert np.mean(fitted.predict(table) == target) > 0.9
