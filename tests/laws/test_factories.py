"""A factory is a class or an instance: a pipeline, a search, a calibrated classifier."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    BaggingRegressor,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from causal_dask import InvalidInput, RLearner
from tests.catalogue import (
    LEARNERS,
    TWO_STAGES,
    WITH_OUTCOME_MODELS,
    WITH_PROPENSITIES,
    learner_of,
)


def trial():
    """A randomised trial with constant effects of 1 and 2, and linear outcomes."""
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(150, 3)), np.arange(150) % 3
    y = X.sum(axis=1) + EFFECTS[w] + 0.1 * rng.normal(size=150)
    return SimpleNamespace(X=X, y=y, w=w)


EFFECTS = np.array([0.0, 1.0, 2.0])
STUDY = trial()


def much(cls):
    """Noise of 0.1 on 150 rows, of which ridges and bags of two lose a little more.

    Without an outcome model, an outcome with a standard deviation of 2 is doubled by the weights:
    four coefficients on 100 rows of a contrast.
    """
    return 0.3 if cls in WITH_OUTCOME_MODELS else 2.0


SCALED = make_pipeline(StandardScaler(), LinearRegression())
SEARCHED = GridSearchCV(Ridge(), {"alpha": [0.1, 10.0]}, cv=2)
CALIBRATED = CalibratedClassifierCV(GaussianNB(), cv=2)
SCALED_CLASSIFIER = make_pipeline(StandardScaler(), LogisticRegression())

REGRESSORS = {
    "pipeline": SCALED,
    "search": SEARCHED,
    "search of a pipeline": GridSearchCV(
        make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 10.0]}, cv=2
    ),
    "pipeline of a search": make_pipeline(StandardScaler(), SEARCHED),
    "pipeline of a pipeline": make_pipeline(StandardScaler(), SCALED),
    "own search": RidgeCV(),
    "columns": make_pipeline(
        make_column_transformer((StandardScaler(), [0]), remainder="passthrough"), Ridge()
    ),
    "bagging": BaggingRegressor(Ridge(), n_estimators=2),
}
NUISANCE_ONLY = {
    "transformed target": TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
    "vote": VotingRegressor([("ridge", Ridge()), ("linear", LinearRegression())]),
    "stack": StackingRegressor([("ridge", Ridge())], final_estimator=Ridge(), cv=2),
}
CLASSIFIERS = {
    "pipeline": SCALED_CLASSIFIER,
    "search": GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
    "calibrated": CALIBRATED,
    "calibrated pipeline": CalibratedClassifierCV(SCALED_CLASSIFIER, cv=2),
}


def fitted(cls, **parameters):
    return learner_of(cls, n_folds=2, **parameters).fit(STUDY.X, STUDY.y, STUDY.w)


def error(learner):
    return np.abs(learner.predict(STUDY.X)[..., 0] - EFFECTS[1:]).mean()


@pytest.mark.parametrize("name", ["pipeline", "search", *NUISANCE_ONLY])
@pytest.mark.parametrize("cls", LEARNERS)
def test_outcome_models_may_be_composed(cls, name):
    model = (REGRESSORS | NUISANCE_ONLY)[name]
    assert error(fitted(cls, nuisance_model_factory=model)) < much(cls)


@pytest.mark.parametrize("name", REGRESSORS)
@pytest.mark.parametrize("cls", TWO_STAGES)
def test_treatment_models_may_be_composed_and_weights_find_their_way(cls, name):
    assert error(fitted(cls, treatment_model_factory=REGRESSORS[name])) < much(cls)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_propensity_models_may_be_composed(cls, name):
    assert error(fitted(cls, propensity_model_factory=CLASSIFIERS[name])) < much(cls)


@pytest.mark.parametrize("cls", LEARNERS)
def test_scaling_in_a_pipeline_changes_nothing_in_least_squares(cls):
    found = fitted(cls, nuisance_model_factory=SCALED).predict(STUDY.X)
    # The same least squares in other coordinates: rounding only.
    np.testing.assert_allclose(found, fitted(cls).predict(STUDY.X), rtol=0, atol=1e-10)


def learned(model):
    return [name for name in vars(model) if name.endswith("_")]


@pytest.mark.parametrize("cls", LEARNERS)
def test_instances_are_cloned_for_each_fit_and_stay_unfitted(cls):
    forest = RandomForestRegressor(n_estimators=2, max_depth=2)
    given = {
        "nuisance_model_factory": forest,
        "propensity_model_factory": CalibratedClassifierCV(GaussianNB(), cv=2),
        "treatment_model_factory": Ridge(),
    }
    learner = fitted(cls, **given)
    assert not [name for model in given.values() for name in learned(model)]
    assert forest.random_state is None
    found = [id(value) for value in learner._fitted.results.values() if hasattr(value, "fit")]
    assert len({*found, *map(id, given.values())}) == len(found) + 3


@pytest.mark.parametrize("cls", LEARNERS)
def test_parameters_are_set_on_clones_of_an_instance(cls):
    model = Ridge()
    learner = fitted(cls, nuisance_model_factory=model, nuisance_model_params={"alpha": 50.0})
    assert model.alpha == 1.0
    same = fitted(cls, nuisance_model_factory=Ridge(alpha=50.0))
    np.testing.assert_array_equal(learner.predict(STUDY.X), same.predict(STUDY.X))


@pytest.mark.parametrize("cls", LEARNERS)
def test_a_class_with_parameters_is_the_instance_with_them(cls):
    learner = fitted(cls, nuisance_model_factory=Ridge, nuisance_model_params={"alpha": 50.0})
    same = fitted(cls, nuisance_model_factory=Ridge(alpha=50.0))
    np.testing.assert_array_equal(learner.predict(STUDY.X), same.predict(STUDY.X))


@pytest.mark.parametrize("cls", LEARNERS)
def test_factories_may_be_given_for_each_kind(cls):
    stages = {"outcome": "nuisance", "effect": "treatment"}
    given = {"nuisance": {}, "treatment": {}}
    for step in cls.declaration.models:
        if step.role in stages:
            given[stages[step.role]][step.name] = Ridge(alpha=5.0)
    learner = fitted(cls, **{f"{stage}_model_factory": kinds for stage, kinds in given.items()})
    same = fitted(
        cls, nuisance_model_factory=Ridge(alpha=5.0), treatment_model_factory=Ridge(alpha=5.0)
    )
    np.testing.assert_array_equal(learner.predict(STUDY.X), same.predict(STUDY.X))


def test_weighted_models_must_take_weights():
    with pytest.raises(InvalidInput, match="sample_weight"):
        fitted(RLearner, treatment_model_factory=KNeighborsRegressor)


@pytest.mark.parametrize("cls", LEARNERS)
def test_stacks_with_their_default_final_model_are_estimators_too(cls):
    stack = StackingRegressor([("ridge", Ridge()), ("linear", LinearRegression())], cv=2)
    assert error(fitted(cls, nuisance_model_factory=stack)) < much(cls)


@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_stacked_classifiers_with_their_default_final_model_are_estimators_too(cls):
    stack = StackingClassifier([("linear", LogisticRegression())], cv=2)
    assert error(fitted(cls, propensity_model_factory=stack)) < much(cls)


@pytest.mark.parametrize("cls", LEARNERS)
def test_an_instance_may_select_columns_by_dtype(cls):
    selected = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include=float)), remainder="drop"
    )
    models = {
        "nuisance_model_factory": make_pipeline(selected, LinearRegression()),
        "propensity_model_factory": make_pipeline(selected, LogisticRegression()),
        "treatment_model_factory": make_pipeline(selected, LinearRegression()),
    }
    learner = cls(**models, n_folds=2, random_state=0)
    frame = pd.DataFrame(STUDY.X, columns=list("abc")).assign(text="not a number")
    found = learner.fit(frame, STUDY.y, STUDY.w).predict(frame)
    # Least squares in other coordinates; the logistic penalty depends on the scale a little.
    np.testing.assert_allclose(found, fitted(cls).predict(STUDY.X), rtol=0, atol=0.05)
