"""Learners are scikit-learn estimators: stored, cloned, pickled, shown, and harmless to inputs."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.utils.validation import check_is_fitted

from causal_dask import MetaLearner, metalearner_factory
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, WITH_OUTCOMES
from tests.catalogue import learner_of as linear

STUDY = make_study(120, n_features=3, n_variants=3, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)

pytestmark = pytest.mark.parametrize("cls", LEARNERS)


def learner_of(cls, **parameters):
    odd = {
        "treatment_model_factory": Ridge(alpha=0.5),
        "treatment_model_params": {"fit_intercept": True},
        "feature_set": [0, 1],
        "n_folds": 2,
    }
    return linear(cls, **odd | parameters)


def test_the_catalogue_finds_every_learner_by_its_prefix(cls):
    assert metalearner_factory(cls.__name__.removesuffix("Learner")) is cls
    assert issubclass(cls, MetaLearner)
    assert issubclass(cls, BaseEstimator)


def test_parameters_are_stored_as_they_are_given_and_checked_in_fit_only(cls):
    odd = {name: object() for name in cls().get_params(deep=False)}
    learner = cls(**odd)
    assert learner.get_params(deep=False) == odd
    with pytest.raises((ValueError, TypeError)):
        learner.fit(*DATA)


def test_parameters_can_be_set_also_those_of_the_models(cls):
    learner = learner_of(cls, nuisance_model_factory=Ridge()).set_params(
        n_folds=3, nuisance_model_factory__alpha=7.0
    )
    assert learner.n_folds == 3
    assert learner.get_params()["nuisance_model_factory__alpha"] == 7.0
    with pytest.raises(ValueError, match="Invalid parameter"):
        learner.set_params(no_such_parameter=1)


def test_init_args_make_an_equal_learner(cls):
    learner = learner_of(cls).fit(*DATA)
    again = cls(**learner.init_args).fit(*DATA)
    np.testing.assert_array_equal(again.predict(STUDY.X), learner.predict(STUDY.X))


def test_fit_returns_the_learner_itself(cls):
    learner = learner_of(cls)
    assert learner.fit(*DATA) is learner


def test_a_plan_leaves_the_learner_unfitted_and_gives_a_fitted_one(cls):
    learner = learner_of(cls)
    fitted = learner.plan(*DATA).compute()
    assert type(fitted) is cls
    with pytest.raises(NotFittedError):
        learner.predict(STUDY.X)
    np.testing.assert_array_equal(fitted.predict(STUDY.X), learner.fit(*DATA).predict(STUDY.X))


def test_nothing_can_be_asked_before_fit(cls):
    learner = learner_of(cls)
    for question in (check_is_fitted, lambda it: it.predict(STUDY.X)):
        with pytest.raises(NotFittedError):
            question(learner)
    check_is_fitted(learner.fit(*DATA))


def test_a_clone_has_the_parameters_and_nothing_learned(cls):
    learner = learner_of(cls).fit(*DATA)
    twin = clone(learner)
    assert repr(twin.get_params()) == repr(learner.get_params())
    with pytest.raises(NotFittedError):
        twin.predict(STUDY.X)
    np.testing.assert_array_equal(twin.fit(*DATA).predict(STUDY.X), learner.predict(STUDY.X))


@pytest.mark.parametrize(
    "copied", [lambda it: pickle.loads(pickle.dumps(it)), copy.deepcopy, copy.copy],
    ids=["pickle", "deepcopy", "copy"],
)  # fmt: skip
def test_copies_answer_as_the_original(cls, copied):
    learner = learner_of(cls).fit(*DATA)
    twin = copied(learner)
    for X in (STUDY.X, STUDY.X + 1):
        np.testing.assert_array_equal(twin.predict(X), learner.predict(X))
        if cls in WITH_OUTCOMES:
            found = twin.predict_conditional_average_outcomes(X)
            np.testing.assert_array_equal(found, learner.predict_conditional_average_outcomes(X))
    assert twin.evaluate(*DATA) == learner.evaluate(*DATA)


def test_unfitted_learners_can_be_pickled_and_fitted_later(cls):
    twin = pickle.loads(pickle.dumps(learner_of(cls))).fit(*DATA)
    found = learner_of(cls).fit(*DATA).predict(STUDY.X)
    np.testing.assert_array_equal(twin.predict(STUDY.X), found)


def test_a_fitted_learner_does_not_keep_the_covariates(cls):
    wide = np.random.default_rng(0).normal(size=(2_000, 60))
    w = np.arange(2_000) % 2
    learner = learner_of(cls).fit(wide, wide[:, 0] + w, w)
    # y, w, folds, row hashes and predictions are a few columns; X alone would be 60.
    assert len(pickle.dumps(learner)) < wide.nbytes / 2


def test_learners_are_shown_by_name_as_text_and_as_html(cls):
    for learner in (learner_of(cls), learner_of(cls).fit(*DATA)):
        assert repr(learner).startswith(cls.__name__)
        assert "random_state=0" in repr(learner)
        html = learner._repr_html_()
        assert cls.__name__ in html
        for step in cls.declaration.models:
            assert f"_model_factory: {step.name}" in html
        assert "LinearRegression" in html


def test_what_was_learned_ends_in_an_underscore(cls):
    frame = pd.DataFrame(STUDY.X, columns=list("abc"))
    learner = learner_of(cls, feature_set=None).fit(frame, STUDY.y > 0.0 + STUDY.y, STUDY.w)
    assert (learner.n_variants_, learner.n_features_in_, learner.random_state_) == (3, 3, 0)
    assert learner.feature_names_in_.tolist() == ["a", "b", "c"]
    assert learner.is_classification_ is False


def test_fit_and_predict_leave_their_inputs_as_they_were(cls):
    X, y, w = (values.copy() for values in DATA)
    frame = pd.DataFrame(X, columns=list("abc"))
    before = frame.copy()
    for table in (X, frame):
        learner = learner_of(cls, feature_set=None).fit(table, y, w)
        learner.predict(table)
        learner.evaluate(table, y, w)
    pd.testing.assert_frame_equal(frame, before)
    for now, then in zip((X, y, w), DATA, strict=True):
        np.testing.assert_array_equal(now, then)


def test_fit_leaves_models_and_parameters_as_they_were(cls):
    model, params = Ridge(), {"alpha": 2.0}
    learner = learner_of(cls, nuisance_model_factory=model, nuisance_model_params=params)
    before = dict(learner.get_params(deep=False))
    learner.fit(*DATA)
    assert not hasattr(model, "coef_")
    assert (model.alpha, params) == (1.0, {"alpha": 2.0})
    assert learner.get_params(deep=False) == before


def test_predictions_can_be_changed_without_changing_the_learner(cls):
    learner = learner_of(cls).fit(*DATA)
    first = learner.predict(STUDY.X)
    expected = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(learner.predict(STUDY.X), expected)


def test_a_fitted_learner_does_not_follow_arrays_that_change_later(cls):
    y, w = STUDY.y.copy(), STUDY.w.copy()
    learner = learner_of(cls).fit(STUDY.X, y, w)
    expected = learner.predict(STUDY.X), learner.evaluate(*DATA)
    y[:], w[:] = 0.0, 0
    found = learner.predict(STUDY.X), learner.evaluate(*DATA)
    np.testing.assert_array_equal(found[0], expected[0])
    assert found[1] == expected[1]
