"""RidgeCV and LassoCV by sums of their rows, against scikit-learn's own fits to the rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LassoCV, RidgeCV
from sklearn.model_selection import KFold

from causal_dask.tasks.prepared import seen
from causal_dask.tasks.prepared.factors import factor, moments
from causal_dask.tasks.prepared.few_rows import merged_sums, sums_of
from causal_dask.tasks.prepared.kinds import preparation_for
from causal_dask.tasks.prepared.lasso_cv import fit_lasso_cv
from causal_dask.tasks.prepared.ridge_cv import fit_ridge_cv
from causal_dask.tasks.prepared.seen import Training, seen_by
from causal_dask.tasks.rows import Design, Selection

N = 400
SEEDS = st.integers(0, 10_000)
WEIGHTS = st.sampled_from(["none", "some", "with zeros"])
TABLES = {"array": np.asarray, "frame": lambda X: pd.DataFrame(X).add_prefix("c")}


def drawn(seed, weights="none", shift=0.0, scale=1.0):
    """Covariates, an outcome of some of them, and weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 5)) * [1, 2, 0.5, 1, 1]
    X[:, 3] = rng.integers(0, 2, N)
    y = X @ [1, 0.3, 0, -0.5, 0] + rng.normal(size=N)
    s = {"none": None, "some": rng.random(N) + 0.1, "with zeros": rng.integers(0, 3, N) * 1.0}
    return X * scale + shift, y * scale + shift, s[weights]


def training_of(X, y, s=None):
    return Training(seen_by(X, Design(), np.arange(len(y)), None), y, s)


def ridge_by_sums(estimator, X, y, s=None):
    """The estimator fitted by the factors of three folds."""
    beside = {"folds": np.arange(len(y)) % 3}
    beside |= {} if s is None else {"sample_weight": s}
    factors = [factor(Selection(), fold, X, Design(), **beside) for fold in range(3)]
    sums = [moments(Selection(), fold, X, Design(), y, **beside) for fold in range(3)]
    return fit_ridge_cv(factors, sums, clone(estimator), training_of(X, y, s))


def lasso_by_sums(estimator, X, y, s=None):
    return fit_lasso_cv(clone(estimator), training_of(X, y, s))


def assert_alike(fitted, plain, rtol=1e-8):
    """All attributes are there and equal; ``rtol`` is of numbers that rounding may change."""
    assert type(fitted) is type(plain)
    assert set(vars(fitted)) == set(vars(plain))
    assert fitted.get_params() == plain.get_params()
    for name in vars(plain).keys() - plain.get_params().keys() - {"feature_names_in_"}:
        ours, theirs = getattr(fitted, name), getattr(plain, name)
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-9, err_msg=name)


@settings(max_examples=20, deadline=None)
@given(SEEDS, WEIGHTS, st.booleans(), st.sampled_from([0.0, 5.0]), st.sampled_from([0.1, 1, 100]))
def test_ridge_has_scikit_learns_penalty_and_coefficients(seed, weights, intercept, shift, scale):
    X, y, s = drawn(seed, weights, shift, scale)
    estimator = RidgeCV(alphas=np.geomspace(1e-3, 1e4, 15), fit_intercept=intercept)
    plain = clone(estimator).fit(X, y, sample_weight=s)
    fitted = ridge_by_sums(estimator, X, y, s)
    assert fitted.alpha_ == plain.alpha_
    np.testing.assert_allclose(fitted.coef_, plain.coef_, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fitted.intercept_, plain.intercept_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(fitted.best_score_, plain.best_score_, rtol=1e-8)


@settings(max_examples=20, deadline=None)
@given(SEEDS, WEIGHTS, st.booleans(), st.sampled_from([0.0, 5.0]), st.sampled_from([0.1, 1, 100]))
@example(2226, "none", False, 5.0, 0.1)  # 1,000 iterations are too few for scikit-learn's fit
def test_lasso_has_scikit_learns_penalty_and_path(seed, weights, intercept, shift, scale):
    X, y, s = drawn(seed, weights, shift, scale)
    estimator = LassoCV(fit_intercept=intercept, max_iter=20_000)
    plain = clone(estimator).fit(X, y, sample_weight=s)
    assert_alike(lasso_by_sums(estimator, X, y, s), plain)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize(
    "options",
    [
        {"positive": True},
        {"alphas": [0.5, 0.01, 0.1]},
        {"eps": 1e-2, "cv": 3},
        {"selection": "random", "random_state": 0},
        {"precompute": False, "tol": 1e-8, "max_iter": 5000},
    ],
    ids=str,
)
def test_lasso_takes_its_options_and_names_of_columns(options, kind):
    X, y, s = drawn(0, "some")
    table = TABLES[kind](X)
    plain = LassoCV(**options).fit(table, y, sample_weight=s)
    fitted = lasso_by_sums(LassoCV(**options), table, y, s)
    assert_alike(fitted, plain)
    names = [list(getattr(each, "feature_names_in_", [])) for each in (fitted, plain)]
    assert names[0] == names[1]


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("alphas", [(0.1, 1.0, 10.0), [3.0], 2.0, np.array([1, 10, 1])], ids=str)
def test_ridge_takes_any_penalties_and_names_of_columns(alphas, kind):
    X, y, s = drawn(0, "some")
    table, estimator = TABLES[kind](X), RidgeCV(alphas=alphas)
    plain = clone(estimator).fit(table, y, sample_weight=s)
    fitted = ridge_by_sums(estimator, table, y, s)
    assert set(vars(fitted)) == set(vars(plain))
    assert fitted.alpha_ == plain.alpha_
    np.testing.assert_allclose(fitted.predict(table), plain.predict(table), rtol=1e-9)
    np.testing.assert_allclose(fitted.best_score_, plain.best_score_, rtol=1e-9)


def test_a_column_that_is_constant_in_one_inner_fold_is_no_matter():
    X, y, _ = drawn(0)
    X[: N // 5, 3] = 0
    assert_alike(lasso_by_sums(LassoCV(), X, y), LassoCV().fit(X, y))


def test_rows_are_summed_up_block_by_block(monkeypatch):
    X, y, s = drawn(0, "with zeros", 5.0)
    monkeypatch.setattr("causal_dask.tasks.prepared.lasso_cv.BLOCK", 7)
    monkeypatch.setattr("causal_dask.tasks.prepared.ridge_cv.ROWS", 7)
    assert_alike(lasso_by_sums(LassoCV(), X, y, s), LassoCV().fit(X, y, sample_weight=s))
    plain = RidgeCV().fit(X, y, sample_weight=s)
    assert ridge_by_sums(RidgeCV(), X, y, s).best_score_ == pytest.approx(plain.best_score_)


def test_leave_one_out_errors_are_those_of_fits_without_the_row():
    X, y, _ = drawn(1)
    X, y = X[:40], y[:40]
    fits = [RidgeCV([2.0]).fit(np.delete(X, i, 0), np.delete(y, i)) for i in range(40)]
    errors = [y[i] - fit.predict(X[[i]])[0] for i, fit in enumerate(fits)]
    fitted = ridge_by_sums(RidgeCV([2.0]), X, y)
    assert fitted.best_score_ == pytest.approx(-np.mean(np.square(errors)), rel=1e-10)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(-1e3, 1e3), st.sets(st.integers(1, N - 1), max_size=4))
def test_few_rows_have_the_sums_of_all_rows_of_all_parts(seed, shift, cuts):
    X, _, s = drawn(seed, "some", shift)
    parts = np.split(np.arange(N), sorted(cuts))
    merged = merged_sums([sums_of(X[part], s[part]) for part in parts])
    np.testing.assert_allclose(merged.means, np.average(X, axis=0, weights=s))
    covariance = np.cov(X.T, aweights=s, ddof=0) * s.sum()
    np.testing.assert_allclose(merged.products, covariance, rtol=1e-9, atol=1e-8)
    few = merged.few_rows(np.sqrt(covariance.diagonal()))
    np.testing.assert_allclose(few.mean(axis=0), merged.means)
    again = np.cov(few.T, ddof=0) * s.sum()
    np.testing.assert_allclose(again, covariance, rtol=1e-9, atol=1e-8)


UNSAFE = {
    "constant column": lambda X: np.column_stack([X, np.full(N, 0.3)]),
    "equal columns": lambda X: np.column_stack([X, X[:, 0]]),
    "nearly equal columns": lambda X: np.column_stack(
        [X, X[:, 0] + 1e-7 * np.random.default_rng(0).normal(size=N)]
    ),
    "missing number": lambda X: np.where(np.arange(X.size).reshape(X.shape) == 7, np.nan, X),
    "words": lambda X: pd.DataFrame(X).assign(word=pd.Categorical(["a"] * N)),
    "more columns than rows": lambda X: np.tile(X, 100),
}


@pytest.mark.parametrize("make", UNSAFE.values(), ids=UNSAFE)
@pytest.mark.parametrize("by_sums", [ridge_by_sums, lasso_by_sums])
def test_what_sums_say_too_little_of_is_fitted_plainly(by_sums, make):
    X, y, _ = drawn(0)
    estimator = RidgeCV() if by_sums is ridge_by_sums else LassoCV()
    assert by_sums(estimator, X, y) is not None
    assert by_sums(estimator, make(X), y) is None


def test_an_inner_fold_without_weight_and_a_constant_target_are_left_to_scikit_learn():
    X, y, _ = drawn(0)
    assert lasso_by_sums(LassoCV(), X, y, (np.arange(N) >= N // 5) * 1.0) is None
    assert lasso_by_sums(LassoCV(), X, np.ones(N)) is None


def test_a_row_that_others_say_nothing_of_is_left_to_scikit_learn():
    X, y, _ = drawn(0)
    X[:, 4] = 0
    X[5, 4] = 1
    assert ridge_by_sums(RidgeCV([1e-9], fit_intercept=False), X, y) is None
    assert ridge_by_sums(RidgeCV([1.0], fit_intercept=False), X, y) is not None


@pytest.mark.parametrize(
    "estimator",
    [
        RidgeCV(cv=5),
        RidgeCV(scoring="r2"),
        RidgeCV(store_cv_results=True),
        RidgeCV(alpha_per_target=True),
        RidgeCV(alphas=[0.0, 1.0]),
        RidgeCV(alphas=["1"]),
        LassoCV(cv=KFold(5, shuffle=True, random_state=0)),
        LassoCV(precompute=np.eye(5)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_settings_that_sums_do_not_know_are_fitted_plainly(estimator):
    assert preparation_for(estimator) is None
    assert preparation_for(type(estimator)()).is_of_sums


def test_a_part_of_a_training_has_its_own_targets_and_weights():
    X, y, s = drawn(0, "some")
    training = training_of(X, y, s)
    numbers, target, weights = training.part(10, 20)
    np.testing.assert_array_equal(numbers, X[10:20])
    np.testing.assert_array_equal(target, y[10:20])
    np.testing.assert_array_equal(weights, s[10:20])
    assert training.has_numbers()
    assert seen.BLOCK > N
