"""Losses of effects on the training rows: fair to nested learners and those of one stage."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from xgboost import XGBRegressor

from causal_dask import CausalDaskWarning, DRLearner, RALearner, TLearner
from causal_dask.datasets import make_study
from tests.catalogue import ONE_STAGE, TWO_STAGES, learner_of

STUDY = make_study(300, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
EFFECT = {"effect": ["r_loss", "dr_loss"]}


@pytest.fixture(scope="module")
def judge():
    return learner_of(DRLearner).fit(*DATA)


@pytest.mark.parametrize("cls", TWO_STAGES)
def test_a_second_stage_that_knows_the_rows_is_told(cls, judge):
    learner = learner_of(cls).fit(*DATA)
    with pytest.warns(CausalDaskWarning, match="nested=True, or evaluate them on held-out rows"):
        learner.evaluate(*DATA, scoring=EFFECT, nuisances=judge)


@pytest.mark.parametrize("cls", [*ONE_STAGE, *TWO_STAGES])
def test_nested_learners_new_rows_and_a_single_stage_are_fair(cls, judge):
    nested = learner_of(cls, nested=cls in TWO_STAGES).fit(*DATA)
    new = make_study(100, n_variants=2, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nested.evaluate(*DATA, scoring=EFFECT, nuisances=judge)
        nested.evaluate(new.X, new.y, new.w, scoring=EFFECT, nuisances=judge)


@pytest.mark.filterwarnings("ignore:The losses of effects")
def test_nested_folds_turn_the_comparison_round():
    """RA with boosted trees overfits noise: worse than T with linear models, which is right here."""
    trees = XGBRegressor(n_estimators=60, max_depth=3, learning_rate=0.1)
    differences = {False: [], True: []}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, w = rng.normal(size=(600, 5)), rng.integers(0, 2, 600)
        y = X[:, 0] + w * 0.5 + 2 * rng.normal(size=600)
        common = {"n_folds": 3, "random_state": 0}
        judge = DRLearner(
            nuisance_model_factory=LinearRegression,
            propensity_model_factory=LogisticRegression,
            treatment_model_factory=LinearRegression,
            **common,
        ).fit(X, y, w)
        t = TLearner(nuisance_model_factory=LinearRegression, **common).fit(X, y, w)
        for nested, found in differences.items():
            ra = RALearner(
                nuisance_model_factory=trees, treatment_model_factory=trees, nested=nested, **common
            ).fit(X, y, w)
            losses = [
                learner.evaluate(X, y, w, scoring={"effect": ["dr_loss"]}, nuisances=judge)
                for learner in (ra, t)
            ]
            found.append(np.subtract(*(each["effect_1_vs_0_dr_loss"] ** 2 for each in losses)))
    assert np.mean(differences[True]) > 0
    assert np.mean(differences[True]) > np.mean(differences[False])
