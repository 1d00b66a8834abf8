"""The AIPW estimate and its error are those of DoubleML's IRM on the same folds."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from causal_dask import DRLearner, XLearner
from causal_dask.datasets import load_lalonde, make_study

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what DoubleML imports is its own business
    import doubleml
    from doubleml.utils import PSProcessorConfig

pytestmark = pytest.mark.filterwarnings("ignore::causal_dask.ClippedPropensities")

LINEAR = (LinearRegression(), LogisticRegression(max_iter=10_000))
TREES = (
    DecisionTreeRegressor(max_depth=3, random_state=0),
    DecisionTreeClassifier(max_depth=4, random_state=0),
)
CLASSES = (LogisticRegression(C=0.5), LogisticRegression())

# The issue asks for 1e-8 of estimates near 1; LaLonde's are in thousands of dollars.
TOLERANCE = {"rtol": 1e-8, "atol": 1e-8}


def double_ml(data, outcome, propensity, folds, score="ATE"):
    """DoubleML's interactive regression model, fitted on our folds."""
    numbers = np.arange(len(folds))
    splits = [(numbers[folds != k], numbers[folds == k]) for k in range(folds.max() + 1)]
    table = doubleml.DoubleMLData.from_arrays(np.asarray(data.X), data.y, data.w)
    model = doubleml.DoubleMLIRM(
        table,
        ml_g=outcome,
        ml_m=propensity,
        score=score,
        normalize_ipw=False,
        ps_processor_config=PSProcessorConfig(clipping_threshold=0.01),
        draw_sample_splitting=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extreme propensities, and of its sensitivity analysis
        return model.set_sample_splitting([splits]).fit()


def fit(cls, data, outcome, propensity, n_folds=4):
    learner = cls(
        nuisance_model_factory=outcome,
        propensity_model_factory=propensity,
        treatment_model_factory=LinearRegression,
        n_folds=n_folds,
        random_state=3,
    )
    return learner.fit(np.asarray(data.X), data.y, data.w)


def assert_as_double_ml(learner, data, outcome, propensity):
    folds = learner._fitted.study.splits["propensity_model"].folds.value
    for score, estimand in (("ATE", "ATE"), ("ATTE", "ATT")):
        model = double_ml(data, outcome, propensity, folds, score)
        found, found_error = learner.average_treatment_effect(estimand=estimand)
        np.testing.assert_allclose(found, model.coef, **TOLERANCE)
        np.testing.assert_allclose(found_error, model.se, **TOLERANCE)


@pytest.mark.parity("DoubleML", "ATE and ATT with standard errors, linear models and trees")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("outcome", "propensity"), [LINEAR, TREES], ids=["linear", "trees"])
@pytest.mark.parametrize("cls", [DRLearner, XLearner])
def test_estimate_and_error_are_double_mls(cls, outcome, propensity, seed):
    data = make_study(600, random_state=seed)
    learner = fit(cls, data, outcome, propensity)
    assert_as_double_ml(learner, data, outcome, propensity)


@pytest.mark.parity("DoubleML", "ATE and ATT of a binary outcome")
@pytest.mark.parametrize("cls", [DRLearner, XLearner])
def test_binary_outcomes_are_double_mls_too(cls):
    data = make_study(800, outcome="binary", random_state=0)
    learner = fit(cls, data, *CLASSES)
    assert_as_double_ml(learner, data, *CLASSES)


@pytest.mark.parity("DoubleML", "ATE and ATT where propensities are clipped")
@pytest.mark.parametrize("cls", [DRLearner, XLearner])
def test_clipped_rows_are_truncated_as_in_double_ml(cls):
    data = make_study(600, random_state=1)
    data.w[:] = data.X[:, 0] * 6 + np.random.default_rng(0).logistic(size=600) > 0
    learner = fit(cls, data, *LINEAR)
    assert learner.n_clipped_ > 50
    assert_as_double_ml(learner, data, *LINEAR)


@pytest.mark.parity("DoubleML", "ATE and ATT on LaLonde's data")
@pytest.mark.parametrize("cls", [DRLearner, XLearner])
def test_lalonde_is_double_mls(cls):
    data = load_lalonde()
    scaled = type(data)(X=(data.X - data.X.mean()) / data.X.std(), y=data.y, w=data.w)
    learner = fit(cls, scaled, *LINEAR, n_folds=5)
    assert_as_double_ml(learner, scaled, *LINEAR)
