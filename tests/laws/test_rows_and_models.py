"""Which rows a model has seen, and which models may therefore speak about a row."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from causal_dask import InvalidInput, TrainingRows
from causal_dask.compile.answers import owners
from causal_dask.compile.compiler import Compiler
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, ONE_STAGE, WITH_OUTCOME_MODELS, learner_of, with_score

pytestmark = pytest.mark.filterwarnings("ignore::causal_dask.ClippedPropensities")  # tree leaves

N_ROWS = 150
STUDY = make_study(N_ROWS, n_features=3, n_variants=3, random_state=0)
NUMBERED = np.column_stack([np.arange(N_ROWS, dtype=float), STUDY.X])


class SeenRegressor(RegressorMixin, BaseEstimator):
    """Keeps the numbers of the rows it was fitted on, which are their first feature."""

    def fit(self, X, y, sample_weight=None):  # noqa: ARG002 - scikit-learn's signature
        self.seen_ = X[:, 0].astype(int)
        return self

    def predict(self, X):
        return X[:, 1]


class SeenClassifier(ClassifierMixin, BaseEstimator):
    """The same for classes, which it thinks equally likely."""

    def fit(self, X, y):
        self.seen_ = X[:, 0].astype(int)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


SEEN = {
    "nuisance_model_factory": SeenRegressor,
    "propensity_model_factory": SeenClassifier,
    "treatment_model_factory": SeenRegressor,
}
TREE = {"propensity_model_factory": DecisionTreeClassifier(max_depth=2, random_state=0)}


def fitted(cls, X=STUDY.X, y=STUDY.y, synchronize=True, **parameters):
    learner = learner_of(cls, **TREE | parameters)
    return learner.fit(X, y, STUDY.w, synchronize_cross_fitting=synchronize)


def models_of(learner):
    """Every fitted model, as (step, variant, fold left out, model)."""
    compiler = Compiler(learner.declaration, learner._fitted.study)
    cross_fitted = compiler.study.cross_fitted
    for step in learner.declaration.models:
        folds = range(compiler.study.splits[step.name].n_folds) if cross_fitted else ()
        for own in owners(compiler, step):
            for without in (*((fold,) for fold in folds), ()):
                key = compiler.fit(step, own, without).key
                yield step, own, without, learner._fitted.results[key]


def expected_rows(learner, step, own, without):
    """The rows that a declaration lets a model see."""
    w, folds = STUDY.w, learner._fitted.study.splits[step.name].folds.value
    of = {"all": w >= 0, "variant": w == own, "control": w == 0, "contrast": (w == 0) | (w == own)}
    return np.flatnonzero(of[step.rows] & ~np.isin(folds, without))


def shared_folds(learner):
    return next(iter(learner._fitted.study.splits.values())).folds.value


def nuisances(learner):
    """Cross-fitted predictions of every first-stage model."""
    return {
        (kind, place): learner.predict_nuisance(STUDY.X, kind, place)
        for kind, specification in learner.nuisance_model_specifications().items()
        for place in range(specification["cardinality"](learner))
    }


@pytest.mark.parametrize("synchronize", [True, False])
@pytest.mark.parametrize("cls", LEARNERS)
def test_a_folds_model_sees_its_variants_rows_outside_the_fold_and_no_others(cls, synchronize):
    learner = fitted(cls, NUMBERED, synchronize=synchronize, **SEEN)
    for step, own, without, model in models_of(learner):
        expected = expected_rows(learner, step, own, without)
        np.testing.assert_array_equal(model.seen_, expected)


@pytest.mark.parametrize("cls", LEARNERS)
def test_own_splits_differ_between_model_kinds_and_a_shared_one_does_not(cls):
    for synchronize in (True, False):
        splits = fitted(cls, synchronize=synchronize)._fitted.study.splits
        distinct = {split.folds.value.tobytes() for split in splits.values()}
        assert len(distinct) == (1 if synchronize else len(splits))


@pytest.mark.parametrize("cls", LEARNERS)
def test_folds_hold_about_the_same_number_of_each_variant(cls):
    folds = shared_folds(fitted(cls))
    for variant in range(3):
        counts = np.bincount(folds[STUDY.w == variant], minlength=3)
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("synchronize", [True, False])
@pytest.mark.parametrize("cls", WITH_OUTCOME_MODELS)
def test_first_stage_predictions_of_a_row_do_not_depend_on_its_own_outcome(cls, synchronize):
    plain = fitted(cls, synchronize=synchronize)
    outcome_kind = next(m.name for m in cls.declaration.models if m.role == "outcome")
    fold = plain._fitted.study.splits[outcome_kind].folds.value == 1
    changed = fitted(cls, y=STUDY.y + 10 * fold, synchronize=synchronize)
    before, after = nuisances(plain), nuisances(changed)
    for name in before:
        np.testing.assert_array_equal(before[name][fold], after[name][fold])
    assert any(not np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("cls", ONE_STAGE)
def test_effects_of_one_stage_learners_do_not_depend_on_the_rows_own_outcomes(cls):
    plain = fitted(cls)
    fold = shared_folds(plain) == 2
    changed = fitted(cls, y=np.where(fold, -STUDY.y, STUDY.y))
    before, after = plain.predict(STUDY.X), changed.predict(STUDY.X)
    np.testing.assert_array_equal(before[fold], after[fold])
    assert not np.array_equal(before[~fold], after[~fold])


@pytest.mark.parametrize("cls", LEARNERS)
def test_training_data_are_known_by_content_and_predicted_out_of_fold(cls):
    learner = fitted(cls)
    held_out, new = learner.predict(STUDY.X, is_oos=False), learner.predict(STUDY.X, is_oos=True)
    np.testing.assert_array_equal(learner.predict(STUDY.X.copy()), held_out)
    assert not np.array_equal(held_out, new)


@pytest.mark.parametrize("cls", LEARNERS)
def test_some_training_rows_among_others_are_counted_in_a_warning(cls):
    learner = fitted(cls)
    mixed = np.vstack([STUDY.X[:7], STUDY.X[:5] + 1])
    with pytest.warns(TrainingRows, match="7 of the 12 rows"):
        found = learner.predict(mixed)
    np.testing.assert_array_equal(found, learner.predict(mixed, is_oos=True))
    np.testing.assert_array_equal(learner.predict(mixed[7:]), found[7:])


@pytest.mark.parametrize("cls", LEARNERS)
def test_out_of_fold_predictions_of_other_rows_are_refused(cls):
    with pytest.raises(InvalidInput, match="training data"):
        fitted(cls).predict(STUDY.X[::-1], is_oos=False)


@pytest.mark.parametrize("cls", LEARNERS)
def test_mean_and_median_over_two_folds_models_are_the_same(cls):
    learner = fitted(cls, n_folds=2)
    mean, median = (learner.predict(STUDY.X + 1, oos_method=how) for how in ("mean", "median"))
    # The median of two numbers is their mean, up to rounding.
    np.testing.assert_allclose(mean, median, rtol=1e-9)


@pytest.mark.parametrize("cls", LEARNERS)
def test_one_fold_has_overall_models_only_which_are_those_of_any_number_of_folds(cls):
    learner = fitted(cls, NUMBERED, n_folds=1, **SEEN)
    for step, own, without, model in models_of(learner):
        np.testing.assert_array_equal(model.seen_, expected_rows(learner, step, own, without))
    fits = [model for model in learner._fitted.results.values() if hasattr(model, "seen_")]
    kinds = (cls.nuisance_model_specifications(), cls.treatment_model_specifications())
    assert len(fits) == sum(s["cardinality"](learner) for kind in kinds for s in kind.values())


@pytest.mark.parametrize("cls", LEARNERS)
def test_one_fold_predicts_training_rows_only_if_told_and_then_warns(cls):
    learner = fitted(cls, n_folds=1)
    for is_oos in (None, False):
        with pytest.raises(InvalidInput, match="n_folds=1"):
            learner.predict(STUDY.X, is_oos=is_oos)
    with pytest.warns(TrainingRows, match="in-sample"):
        learner.predict(STUDY.X, is_oos=True)


@pytest.mark.parametrize("cls", LEARNERS)
def test_one_fold_serves_new_rows_and_has_no_mean_over_folds(cls):
    learner = fitted(cls, n_folds=1)
    assert np.isfinite(learner.predict(STUDY.X + 1)).all()
    for method in ("mean", "median"):
        with pytest.raises(InvalidInput, match="n_folds=1"):
            learner.predict(STUDY.X + 1, oos_method=method)


@pytest.mark.parametrize("cls", ONE_STAGE)
def test_one_folds_models_of_the_first_stage_are_the_overall_ones(cls):
    new_X = STUDY.X + 1
    found = fitted(cls, n_folds=1).predict(new_X)
    np.testing.assert_array_equal(found, fitted(cls, n_folds=3).predict(new_X))


@pytest.mark.parametrize("cls", with_score(3))
def test_one_fold_estimates_nothing_from_the_training_data(cls):
    learner = fitted(cls, n_folds=1)
    with pytest.raises(InvalidInput, match="n_folds=1"):
        learner.average_treatment_effect()
    with pytest.raises(InvalidInput, match="n_folds=1"):
        learner.average_treatment_effect(STUDY.X, STUDY.y, STUDY.w)


@pytest.mark.parametrize("cls", LEARNERS)
def test_one_fold_evaluates_new_data_only(cls):
    learner = fitted(cls, n_folds=1)
    with pytest.raises(InvalidInput, match="n_folds=1"):
        learner.evaluate(STUDY.X, STUDY.y, STUDY.w)
    scores = learner.evaluate(STUDY.X + 1, STUDY.y, STUDY.w)
    assert all(map(np.isfinite, scores.values()))


@pytest.mark.parametrize("cls", with_score(3))
def test_the_average_effect_is_the_same_with_and_without_the_training_data(cls):
    learner = fitted(cls)
    found = learner.average_treatment_effect(STUDY.X, STUDY.y, STUDY.w)
    np.testing.assert_array_equal(found, learner.average_treatment_effect())


@pytest.mark.parametrize("cls", with_score(3))
def test_the_average_effect_on_new_data_uses_the_overall_models(cls):
    learner = learner_of(cls, propensity_model_factory=LogisticRegression, random_state=None)
    learner.fit(STUDY.X, STUDY.y, STUDY.w)
    new = make_study(4_000, n_features=3, n_variants=3, random_state=1)
    estimate, error = learner.average_treatment_effect(new.X, new.y, new.w)
    # Four standard errors; the models' own error is of second order in the AIPW score.
    assert (np.abs(estimate - new.ate) < 4 * error).all()
