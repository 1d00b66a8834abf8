"""Where propensities are clipped by default, and when they are not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from causal_dask import ClippedPropensities, DRLearner, FixedBinaryPropensity
from causal_dask.datasets import make_study
from tests.catalogue import WITH_PROPENSITIES, WITHOUT_PROPENSITIES, learner_of

STUDIES = {k: make_study(300, n_variants=k, random_state=0) for k in (2, 4)}
RARE = np.tile([0.001, 0.999], (300, 1))


def fitted(n_variants=2, cls=DRLearner, propensities=None, **parameters):
    study = STUDIES[n_variants]
    learner = learner_of(cls, **parameters)
    return learner.fit(study.X, study.y, study.w, propensities=propensities)


@pytest.mark.parametrize(("n_variants", "expected"), [(2, 0.01), (4, 0.005)])
@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_the_default_follows_the_number_of_variants(cls, n_variants, expected):
    assert fitted(n_variants, cls).clipping_threshold_ == expected


@pytest.mark.parametrize(
    "known", [0.001, RARE[:, 0], RARE, "known"], ids=["number", "column", "array", "name"]
)
def test_known_propensities_are_not_clipped(known):
    study = STUDIES[2]
    X = pd.DataFrame(study.X).add_prefix("x").assign(known=0.001)
    learner = learner_of(DRLearner).fit(X, study.y, study.w, propensities=known)
    assert learner.clipping_threshold_ == 0
    assert learner.n_clipped_ == 0


def test_known_propensities_are_clipped_if_asked():
    with pytest.warns(ClippedPropensities, match="300 of 300 rows"):
        learner = fitted(propensities=RARE, clipping_threshold=0.05)
    assert (learner.clipping_threshold_, learner.n_clipped_) == (0.05, 300)


@pytest.mark.parametrize(("score", "expected"), [(0.4, 0), (0.0, 0.01), (1.0, 0.01)])
@pytest.mark.filterwarnings("ignore::causal_dask.ClippedPropensities")
def test_a_fixed_propensity_is_known_unless_it_cannot_be_right(score, expected):
    model = FixedBinaryPropensity(score)
    assert fitted(propensity_model_factory=model).clipping_threshold_ == expected


def test_clones_and_parameters_keep_none():
    learner = fitted()
    assert learner.get_params()["clipping_threshold"] is None
    assert clone(learner).clipping_threshold is None


@pytest.mark.parametrize("cls", WITHOUT_PROPENSITIES)
def test_learners_that_clip_nothing_have_no_threshold(cls):
    with pytest.raises(AttributeError, match="clips no propensities"):
        _ = fitted(cls=cls).clipping_threshold_


def test_120_equal_arms_are_left_alone():
    rng = np.random.default_rng(0)
    w = np.repeat(np.arange(120), 10)
    X, e = rng.normal(size=(1200, 1)), np.full(120, 1 / 120)
    study = X, X[:, 0] + (w == 1) + rng.normal(size=1200), w
    models = {"propensity_model_factory": LogisticRegression(C=1e-6)}
    estimates = [
        learner_of(n_folds=2, **models).fit(*study, propensities=known).n_clipped_
        for known in (e, None)
    ]
    assert estimates == [0, 0]
