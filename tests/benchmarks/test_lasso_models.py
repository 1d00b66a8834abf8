"""The benchmark's own base models are what they stand for: R's ns and scikit-learn's lassos."""

import lasso_path
import numpy as np
import pytest
from lasso_models import InteractedLasso, LassoClassifier, LassoRegressor
from sklearn.linear_model import Lasso, LassoCV, LogisticRegression
from sklearn.model_selection import KFold
from spline_features import natural_spline, spline_features

from causal_dask.datasets import nie_wager
from tests.benchmarks.nie_wager_lasso import PATIENCE


@pytest.fixture(scope="module")
def draw():
    """A draw of setup C, and its features standardised."""
    data = nie_wager("C", n_rows=200, random_state=0)
    features = spline_features(data.X[:, :3], df=4)
    return data, (features - features.mean(axis=0)) / features.std(axis=0)


def test_natural_spline_is_the_one_in_the_documentation_of_r():
    second_row = natural_spline(np.arange(58.0, 73.0), df=5)[1]  # ns(women$height, df = 5)
    printed = [7.592323e-03, 0.0, -8.670223e-02, 2.601067e-01, -1.734045e-01]
    assert second_row == pytest.approx(printed, rel=1e-6)


def test_features_are_splines_products_and_squares():
    assert spline_features(nie_wager("A", random_state=0).X).shape == (500, 42 + 42 * 43 / 2)


@pytest.mark.parametrize("patience", [PATIENCE, lasso_path.N_PENALTIES])
def test_penalty_is_that_of_lassocv_even_if_the_path_is_left_early(draw, patience):
    data, X = draw
    ours = LassoRegressor(patience=patience, random_state=0).fit(X, data.y)
    folds = KFold(10, shuffle=True, random_state=0)
    grid = {"alphas": lasso_path.N_PENALTIES, "eps": lasso_path.SMALLEST_SHARE}
    theirs = LassoCV(**grid, cv=folds).fit(X, data.y)
    assert ours.solution_.penalty == pytest.approx(theirs.alpha_)


@pytest.fixture
def exact(monkeypatch):
    """Coordinate descent to the end, so that what is left is no matter of tolerance."""
    monkeypatch.setattr(lasso_path, "TOLERANCE", 1e-9)


def test_weighted_predictions_are_those_of_lasso(draw, exact):
    data, X = draw
    weight = np.random.default_rng(0).uniform(0.1, 1.0, len(X))
    ours = LassoRegressor(patience=PATIENCE, random_state=0).fit(X, data.y, sample_weight=weight)
    theirs = Lasso(alpha=ours.solution_.penalty, tol=1e-9, max_iter=100_000)
    theirs.fit(X, data.y, sample_weight=weight)
    assert ours.predict(X) == pytest.approx(theirs.predict(X), abs=1e-4)


def test_probabilities_are_those_of_logistic_regression(draw, exact):
    data, X = draw
    ours = LassoClassifier(patience=PATIENCE, random_state=0).fit(X, data.w)
    strength = 1 / len(X) / ours.solution_.penalty
    theirs = LogisticRegression(C=strength, l1_ratio=1, solver="saga", tol=1e-6, max_iter=10_000)
    theirs.fit(X, data.w)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-4)


def test_main_effect_of_the_variant_has_no_penalty(draw):
    data, X = draw
    model = InteractedLasso(random_state=0).fit(np.column_stack([X, data.w]), data.y)
    residual = data.y - model.predict(np.column_stack([X, data.w]))
    assert (2 * data.w - 1) @ residual == pytest.approx(0, abs=1e-8)
