"""One seed decides everything that is random: folds, and models that were left without a seed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, ONE_STAGE, TWO_STAGES

STUDY = make_study(200, n_features=4, random_state=0)

FORESTS = {
    "nuisance_model_factory": RandomForestRegressor(n_estimators=3, max_depth=3),
    "propensity_model_factory": RandomForestClassifier(3, max_depth=3, min_samples_leaf=20),
    "treatment_model_factory": RandomForestRegressor(n_estimators=3, max_depth=3),
}
BOOSTED = {
    "nuisance_model_factory": XGBRegressor(n_estimators=3, subsample=0.5),
    "propensity_model_factory": XGBClassifier(n_estimators=3, max_depth=1, subsample=0.5),
    "treatment_model_factory": XGBRegressor(n_estimators=3, subsample=0.5),
}

pytestmark = pytest.mark.parametrize("cls", LEARNERS)


def fitted(cls, random_state, models=FORESTS):
    learner = cls(**models, n_folds=2, random_state=random_state)
    return learner.fit(STUDY.X, STUDY.y, STUDY.w)


def folds_of(learner):
    return next(iter(learner._fitted.study.splits.values())).folds.value


@pytest.mark.parametrize("models", [FORESTS, BOOSTED], ids=["forests", "boosted"])
def test_the_same_seed_gives_the_same_bits(cls, models):
    first, second = (fitted(cls, 0, models).predict(STUDY.X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("models", [FORESTS, BOOSTED], ids=["forests", "boosted"])
def test_another_seed_gives_other_folds_and_other_models(cls, models):
    first, second = (fitted(cls, seed, models) for seed in (0, 1))
    assert (folds_of(first) != folds_of(second)).any()
    new_X = STUDY.X + 0.01  # overall models do not depend on folds: their own seeds differ
    assert not np.array_equal(first.predict(new_X), second.predict(new_X))


def test_fitting_again_changes_nothing(cls):
    learner = fitted(cls, 0)
    before = learner.predict(STUDY.X)
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    np.testing.assert_array_equal(learner.predict(STUDY.X), before)


def test_without_a_seed_one_is_drawn_and_kept_so_that_the_fit_can_be_repeated(cls):
    drawn, other = fitted(cls, None), fitted(cls, None)
    assert drawn.random_state_ != other.random_state_
    again = clone(drawn).set_params(random_state=drawn.random_state_)
    again.fit(STUDY.X, STUDY.y, STUDY.w)
    np.testing.assert_array_equal(again.predict(STUDY.X), drawn.predict(STUDY.X))


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_a_generator_draws_the_seed_and_moves_on(cls, kind):
    generator = kind(0)
    first, second = (fitted(cls, generator) for _ in range(2))
    assert first.random_state_ == fitted(cls, kind(0)).random_state_
    assert first.random_state_ != second.random_state_


def test_numpy_integers_are_seeds_like_any_other(cls):
    found = fitted(cls, np.int64(3)).predict(STUDY.X)
    np.testing.assert_array_equal(found, fitted(cls, 3).predict(STUDY.X))


def test_the_users_own_model_seed_is_respected(cls):
    seeded = {name: clone(model).set_params(random_state=7) for name, model in FORESTS.items()}
    new_X = STUDY.X + 0.01
    first, second = (fitted(cls, seed, seeded).predict(new_X) for seed in (0, 1))
    uses_folds = cls in TWO_STAGES  # through pseudo-outcomes
    assert np.array_equal(first, second) != uses_folds


def test_no_global_random_state_is_read_or_moved(cls):
    np.random.seed(0)
    first = fitted(cls, 0).predict(STUDY.X)
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    np.testing.assert_array_equal(fitted(cls, 0).predict(STUDY.X), first)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.filterwarnings("ignore:All effects are exactly 0")
def test_seeds_reach_the_parts_of_a_search_in_a_pipeline(cls):
    search = GridSearchCV(
        RandomForestRegressor(n_estimators=2), {"max_depth": [1, 2]}, cv=KFold(2, shuffle=True)
    )
    nested = FORESTS | {"nuisance_model_factory": make_pipeline(StandardScaler(), search)}
    first, second = (fitted(cls, 0, nested).predict(STUDY.X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_equal_fits_of_two_folds_have_seeds_of_their_own(cls):
    boosted = XGBRegressor(n_estimators=1, subsample=0.5)
    stages = dict.fromkeys(("nuisance_model_factory", "treatment_model_factory"), boosted)
    learner = fitted(cls, 0, FORESTS | stages)
    found = learner._fitted.results.values()
    seeds = [model.random_state for model in found if isinstance(model, XGBRegressor)]
    assert len(seeds) == len(set(seeds)) >= 3


def test_deterministic_models_do_not_depend_on_the_seed_but_for_the_folds(cls):
    linear = FORESTS | {"nuisance_model_factory": LinearRegression()}
    first, second = (fitted(cls, seed, linear) for seed in (0, 1))
    same = np.array_equal(first.predict(STUDY.X + 0.01), second.predict(STUDY.X + 0.01))
    assert same == (cls in ONE_STAGE)
