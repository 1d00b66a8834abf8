"""The classic data sets give the numbers that are known for them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, SLearner, XLearner
from causal_dask.datasets import load_lalonde, load_nhefs
from tests.catalogue import learner_of

SMALL_TREES = {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.05}


def linear_learner(cls, random_state=0):
    scaled = make_pipeline(StandardScaler(), LogisticRegression())
    return learner_of(cls, propensity_model_factory=scaled, n_folds=5, random_state=random_state)


@pytest.mark.parity(
    "Hernán & Robins (2020)",
    "NHEFS: the effect of quitting smoking, 3.4 to 3.5 kg, by a DR-learner",
    within="1.96 standard errors",
)
@pytest.mark.parametrize("random_state", [0, 1, 2])
def test_quitting_smoking_adds_three_and_a_half_kilograms(random_state):
    data = load_nhefs(squares=True)
    learner = linear_learner(DRLearner, random_state).fit(data.X, data.y, data.w)
    (estimate,), (error,) = learner.average_treatment_effect()
    # Hernán & Robins: 3.4 (IP weighting, g-formula) to 3.5 kg; a standard error is about 0.5.
    assert 2.9 < estimate < 3.9
    assert abs(estimate - 3.44) < 1.96 * error


def test_x_and_dr_learner_share_nuisances_and_so_the_estimate():
    data = load_nhefs(squares=True)
    estimates = [
        linear_learner(cls).fit(data.X, data.y, data.w).average_treatment_effect()
        for cls in (DRLearner, XLearner)
    ]
    np.testing.assert_array_equal(*estimates)


@pytest.mark.parametrize("random_state", [0, 1])
def test_small_boosted_trees_agree_on_nhefs(random_state):
    data = load_nhefs()
    models = {"nuisance": XGBRegressor, "propensity": XGBClassifier, "treatment": XGBRegressor}
    learner = DRLearner(
        **{f"{stage}_model_factory": model for stage, model in models.items()},
        **{f"{stage}_model_params": SMALL_TREES for stage in models},
        n_folds=5,
        random_state=random_state,
    )
    (estimate,), _ = learner.fit(data.X, data.y, data.w).average_treatment_effect()
    # Ten seeds gave 2.95 to 3.49 kg when the design was made.
    assert 2.9 < estimate < 3.6


@pytest.mark.parametrize(
    ("load", "crude"), [(load_nhefs, 2.5406), (load_lalonde, 1794.34)], ids=["nhefs", "lalonde"]
)
def test_learner_without_covariates_gives_the_crude_difference(load, crude):
    data = load()
    learner = SLearner(
        nuisance_model_factory=LinearRegression, feature_set=[], n_folds=5, random_state=0
    ).fit(data.X, data.y, data.w)
    found = learner.predict(data.X, is_oos=True)
    # The published figures have four decimals (kg) and two (dollars).
    np.testing.assert_allclose(found, crude, rtol=1e-5)


def test_training_in_a_trial_needs_no_adjustment():
    data = load_lalonde()
    (estimate,), (error,) = (
        linear_learner(DRLearner).fit(data.X, data.y, data.w).average_treatment_effect()
    )
    # Randomised: adjusting moves the estimate by less than its standard error, about 670 dollars.
    assert abs(estimate - 1794.34) < error
