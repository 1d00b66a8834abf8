"""What effects and outcomes look like, and how they turn when the data are turned."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from causal_dask import simplify_output
from causal_dask.datasets import make_study
from tests.catalogue import (
    FOR_SEVERAL_CLASSES,
    FOR_TWO_CLASSES_AT_MOST,
    LEARNERS,
    WHOSE_EFFECTS_ARE_DIFFERENCES,
    WITH_OUTCOME_MODELS,
    WITH_OUTCOMES,
    WITH_VARIANT_OUTCOME_MODELS,
    learner_of,
    models_of_classes,
    with_score,
)

pytestmark = pytest.mark.filterwarnings("ignore::causal_dask.ClippedPropensities")  # tree leaves

TREE = DecisionTreeClassifier(max_depth=2, random_state=0)
STUDIES = {n: make_study(200, n_features=3, n_variants=n, random_state=0) for n in (2, 3, 4)}
NEW_X = make_study(7, n_features=3, random_state=1).X
ROUNDING = {"rtol": 0, "atol": 1e-12}  # probabilities are a few operations from the models'


def fitted(cls, X, y, w, binary=False, **parameters):
    given = (models_of_classes(cls) if binary else {}) | parameters
    return learner_of(cls, propensity_model_factory=TREE, n_folds=2, **given).fit(X, y, w)


@cache
def of_study(cls, n_variants=2, binary=False):
    study = STUDIES[n_variants]
    y = (study.y > np.median(study.y)).astype(int) if binary else study.y
    return fitted(cls, study.X, y, study.w, binary), study


def of_classes(cls, n_classes=3):
    study = STUDIES[3]
    y = np.digitize(study.y, np.quantile(study.y, np.linspace(0, 1, n_classes + 1)[1:-1]))
    return fitted(cls, study.X, y, study.w, binary=True), study


@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("n_variants", STUDIES)
@pytest.mark.parametrize("cls", LEARNERS)
def test_effects_are_rows_by_contrasts_by_outputs(cls, n_variants, binary):
    learner, study = of_study(cls, n_variants, binary)
    for X in (study.X, NEW_X, NEW_X[:1]):
        effects = learner.predict(X)
        assert effects.shape == (len(X), n_variants - 1, 1 + binary)
        assert effects.dtype == np.float64


@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("n_variants", STUDIES)
@pytest.mark.parametrize("cls", WITH_OUTCOMES)
def test_outcomes_are_rows_by_variants_by_outputs(cls, n_variants, binary):
    learner, study = of_study(cls, n_variants, binary)
    for X in (study.X, NEW_X, NEW_X[:1]):
        outcomes = learner.predict_conditional_average_outcomes(X)
        assert outcomes.shape == (len(X), n_variants, 1 + binary)
        assert outcomes.dtype == np.float64


@pytest.mark.parametrize("cls", LEARNERS)
def test_effects_on_two_classes_sum_to_zero(cls):
    learner, study = of_study(cls, 3, binary=True)
    for X in (study.X, NEW_X):
        effects = learner.predict(X)
        np.testing.assert_allclose(effects[..., 0], -effects[..., 1], **ROUNDING)
        assert np.abs(effects).max() > 0.01


@pytest.mark.parametrize("cls", WITH_OUTCOMES)
def test_outcomes_of_two_classes_sum_to_one(cls):
    learner, study = of_study(cls, 3, binary=True)
    for X in (study.X, NEW_X):
        outcomes = learner.predict_conditional_average_outcomes(X)
        np.testing.assert_allclose(outcomes.sum(axis=2), 1, **ROUNDING)


@pytest.mark.parametrize("cls", FOR_SEVERAL_CLASSES)
def test_several_classes_have_an_effect_each(cls):
    learner, study = of_classes(cls)
    for X, how in ((study.X, {}), (NEW_X, {}), (NEW_X, {"oos_method": "median"})):
        effects = learner.predict(X, **how)
        assert effects.shape == (len(X), 2, 3)
        np.testing.assert_allclose(effects.sum(axis=2), 0, **ROUNDING)
        outcomes = learner.predict_conditional_average_outcomes(X, **how)
        assert outcomes.shape == (len(X), 3, 3)
        np.testing.assert_allclose(outcomes.sum(axis=2), 1, **ROUNDING)


@pytest.mark.parametrize("cls", FOR_TWO_CLASSES_AT_MOST)
def test_learners_with_pseudo_outcomes_refuse_several_classes(cls):
    with pytest.raises(ValueError, match="3 classes"):
        of_classes(cls)


@pytest.mark.parametrize("binary", [False, True], ids=["regression", "binary"])
@pytest.mark.parametrize("oos_method", ["overall", "mean"])
@pytest.mark.parametrize("cls", WHOSE_EFFECTS_ARE_DIFFERENCES)
def test_effects_are_differences_of_conditional_outcomes(cls, oos_method, binary):
    learner, study = of_study(cls, 3, binary)
    for X in (study.X, NEW_X):
        outcomes = learner.predict_conditional_average_outcomes(X, oos_method=oos_method)
        found = learner.predict(X, oos_method=oos_method)
        np.testing.assert_allclose(found, outcomes[:, 1:] - outcomes[:, :1], **ROUNDING)


@pytest.mark.parametrize("cls", LEARNERS)
def test_simplified_effects_are_one_number_a_row(cls):
    for binary in (False, True):
        learner, study = of_study(cls, 2, binary)
        effects = learner.predict(study.X)
        np.testing.assert_array_equal(simplify_output(effects), effects[:, 0, -1])


@pytest.mark.parametrize("cls", LEARNERS)
def test_numbering_the_variants_otherwise_only_reorders_the_effects(cls):
    (learner, study), order = of_study(cls, 4), np.array([0, 3, 1, 2])
    plain = learner.predict(study.X)
    renamed = fitted(cls, study.X, study.y, order[study.w]).predict(study.X)
    # Columns of the S-learner's design change places: least squares moves in the last digits.
    np.testing.assert_allclose(renamed[:, order[1:] - 1], plain, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cls", LEARNERS)
def test_swapping_treatment_and_control_turns_the_sign(cls):
    study = STUDIES[2]
    plain, swapped = (fitted(cls, study.X, study.y, w) for w in (study.w, 1 - study.w))
    for X in (study.X, NEW_X):
        # The same least squares with signs changed: rounding only.
        np.testing.assert_allclose(swapped.predict(X), -plain.predict(X), rtol=0, atol=1e-10)


@pytest.mark.parametrize("cls", with_score(2))
def test_swapping_treatment_and_control_turns_the_average_effect_and_keeps_its_error(cls):
    study = STUDIES[2]
    plain, swapped = (
        fitted(cls, study.X, study.y, w).average_treatment_effect() for w in (study.w, 1 - study.w)
    )
    np.testing.assert_allclose(swapped[0], -plain[0], rtol=1e-10)
    np.testing.assert_allclose(swapped[1], plain[1], rtol=1e-10)


@pytest.mark.parametrize("cls", LEARNERS)
def test_effects_come_in_the_outcomes_unit_and_know_no_zero(cls):
    study = STUDIES[3]
    zero = 100 if cls in WITH_OUTCOME_MODELS else 0  # without one, the level is weighted too
    plain = fitted(cls, study.X, study.y, study.w).predict(study.X)
    scaled = fitted(cls, study.X, zero - 5 * study.y, study.w).predict(study.X)
    # Linear models are equivariant; outcomes of 100 cost two of sixteen digits.
    np.testing.assert_allclose(scaled, -5 * plain, rtol=0, atol=1e-9)


@pytest.mark.parametrize("cls", WITH_VARIANT_OUTCOME_MODELS)
def test_linear_effects_without_noise_are_found_exactly(cls):
    study = STUDIES[3]
    effects = np.column_stack([1 + study.X[:, 0], study.X[:, 1] - 2])
    added = np.column_stack([np.zeros(200), effects])[np.arange(200), study.w]
    learner = fitted(cls, study.X, study.X.sum(axis=1) + added, study.w)
    # Least squares on exact data: rounding only.
    np.testing.assert_allclose(learner.predict(study.X)[..., 0], effects, rtol=0, atol=1e-9)


@pytest.mark.filterwarnings("ignore:All effects are exactly 0")
@pytest.mark.parametrize("cls", WITH_OUTCOME_MODELS)
def test_nothing_is_found_where_nothing_varies(cls):
    study = STUDIES[3]
    learner = fitted(cls, study.X, np.full(200, 3.0), study.w)
    # Outcomes are constant, pseudo-outcomes zero up to rounding.
    np.testing.assert_allclose(learner.predict(study.X), 0, atol=1e-9)


@pytest.mark.parametrize("cls", WITH_OUTCOMES)
def test_an_outcome_that_does_not_vary_is_found(cls):
    study = STUDIES[3]
    learner = fitted(cls, study.X, np.full(200, 3.0), study.w)
    found = learner.predict_conditional_average_outcomes(study.X)
    np.testing.assert_allclose(found, 3, atol=1e-9)


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [-1.0, 1.0]], ids=str)
@pytest.mark.parametrize("cls", LEARNERS)
def test_what_classes_are_called_does_not_matter(cls, labels):
    plain, study = of_study(cls, 3, binary=True)
    high = (study.y > np.median(study.y)).astype(int)
    named = fitted(cls, study.X, np.array(labels)[high], study.w, binary=True)
    assert named.classes_.tolist() == labels
    np.testing.assert_array_equal(named.predict(study.X), plain.predict(study.X))


@pytest.mark.parametrize("cls", LEARNERS)
def test_every_model_kind_can_be_asked_for_its_predictions(cls):
    learner, study = of_study(cls, 3, binary=True)
    width = {"propensity_model": (200, 3), "outcome": (200, 2)}
    for kind, specification in cls.nuisance_model_specifications().items():
        for place in range(specification["cardinality"](learner)):
            found = learner.predict_nuisance(study.X, kind, place)
            assert found.shape == width.get(kind, width["outcome"])
            np.testing.assert_allclose(found.sum(axis=1), 1, **ROUNDING)
    for kind, specification in cls.treatment_model_specifications().items():
        for place in range(specification["cardinality"](learner)):
            assert learner.predict_treatment(study.X, kind, place).shape == (200,)
