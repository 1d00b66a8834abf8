"""Base models get the user's own columns: nothing is converted, renamed or added on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from causal_dask import InvalidInput, SLearner
from causal_dask.compile.answers import owners
from causal_dask.compile.compiler import Compiler
from causal_dask.datasets import make_study
from tests.catalogue import LEARNERS, learner_of, those

pytestmark = pytest.mark.filterwarnings("ignore:All effects are exactly 0")  # models only record

WITH_TREATMENT_MODEL = those(lambda d: "treatment_model" in {model.name for model in d.models})
N_ROWS = 60
STUDY = make_study(N_ROWS, n_features=4, random_state=0)
NAMES = ["age", "income", "sex", "place"]


class RecordingRegressor(RegressorMixin, BaseEstimator):
    """Keeps what it is fitted on and what it is asked to predict."""

    def fit(self, X, y, sample_weight=None, remark=None):
        self.fitted_on_, self.target_ = X, y
        self.weight_, self.remark_ = sample_weight, remark
        return self

    def predict(self, X):
        self.predicted_ = X
        return np.zeros(X.shape[0])


class RecordingClassifier(ClassifierMixin, BaseEstimator):
    """The same for classes, which it thinks equally likely."""

    def fit(self, X, y, remark=None):
        self.fitted_on_, self.target_, self.remark_ = X, y, remark
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(X.shape[0])

    def predict_proba(self, X):
        self.predicted_ = X
        return np.full((X.shape[0], len(self.classes_)), 1 / len(self.classes_))


RECORDING = {
    "nuisance_model_factory": RecordingRegressor,
    "propensity_model_factory": RecordingClassifier,
    "treatment_model_factory": RecordingRegressor,
    "n_folds": 2,
}


def fitted(cls, table, y=STUDY.y, fit_params=None, **parameters):
    return learner_of(cls, **RECORDING | parameters).fit(table, y, STUDY.w, fit_params=fit_params)


def overall_models(learner):
    """The models fitted on all rows, as (step, variant, model)."""
    compiler = Compiler(learner.declaration, learner._fitted.study)
    for step in learner.declaration.models:
        for own in owners(compiler, step):
            key = compiler.fit(step, own, ()).key
            yield step, own, learner._fitted.results[key]


def rows_of(step, own):
    w = STUDY.w
    of = {"all": w >= 0, "variant": w == own, "control": w == 0, "contrast": (w == 0) | (w == own)}
    return np.flatnonzero(of[step.rows])


def plain_columns(step, table):
    """``table`` without the variant's columns, which are the last."""
    return table.iloc[:, :4] if step.variant_as_feature else table


def mixed_frame():
    """Numbers of several kinds, text and categories."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, N_ROWS).astype(np.int16),
            "income": rng.normal(size=N_ROWS).astype(np.float32),
            "sex": pd.Categorical(rng.choice(["f", "m"], N_ROWS), categories=["m", "f", "other"]),
            "place": pd.Series(rng.choice(["town", "land"], N_ROWS), dtype="str"),
        }
    )


INDICES = {
    "plain": pd.RangeIndex(N_ROWS),
    "shuffled": pd.Index(np.random.default_rng(1).permutation(N_ROWS)),
    "repeated": pd.Index(np.zeros(N_ROWS, dtype=int)),
    "text": pd.Index([f"row {i}" for i in range(N_ROWS)]),
}


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("cls", LEARNERS)
def test_frames_of_mixed_columns_reach_the_models_untouched(cls, index):
    frame = mixed_frame().set_index(INDICES[index])
    learner = fitted(cls, frame)
    learner.predict(frame, is_oos=True)
    for step, own, model in overall_models(learner):
        expected = frame.iloc[rows_of(step, own)]
        pd.testing.assert_frame_equal(plain_columns(step, model.fitted_on_), expected)
        if hasattr(model, "predicted_"):
            pd.testing.assert_frame_equal(plain_columns(step, model.predicted_), frame)


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix, sp.csr_array])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("cls", LEARNERS)
def test_floats_keep_their_width(cls, make, kind):
    table = make(STUDY.X.astype(kind))
    learner = fitted(cls, table)
    learner.predict(table, is_oos=True)
    for _, _, model in overall_models(learner):
        assert model.fitted_on_.dtype == kind
        assert sp.issparse(model.fitted_on_) == sp.issparse(table)
        assert not hasattr(model, "predicted_") or model.predicted_.dtype == kind


@pytest.mark.parametrize("cls", LEARNERS)
def test_frames_of_float32_stay_so_beside_the_variant(cls):
    frame = pd.DataFrame(STUDY.X.astype(np.float32), columns=NAMES)
    for step, _, model in overall_models(fitted(cls, frame)):
        assert (plain_columns(step, model.fitted_on_).dtypes == np.float32).all()


def test_dummies_of_a_float32_frame_do_not_widen_it():
    frame = pd.DataFrame(STUDY.X.astype(np.float32), columns=NAMES)
    ((_, _, model),) = overall_models(fitted(SLearner, frame))
    assert model.fitted_on_.to_numpy().dtype == np.float32


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("cls", LEARNERS)
def test_the_outcome_keeps_its_width_and_its_values(cls, kind):
    learner = fitted(cls, STUDY.X, STUDY.y.astype(kind))
    for step, own, model in overall_models(learner):
        if step.target == "y":
            assert model.target_.dtype == kind
            expected = STUDY.y.astype(kind)[rows_of(step, own)]
            np.testing.assert_array_equal(model.target_, expected)


@pytest.mark.parametrize("cls", LEARNERS)
def test_variants_are_whole_numbers_to_the_propensity_model(cls):
    for step, _, model in overall_models(fitted(cls, STUDY.X)):
        if step.role == "propensity":
            np.testing.assert_array_equal(model.target_, STUDY.w)
            assert model.target_.dtype.kind == "i"


@pytest.mark.parametrize("cls", LEARNERS)
def test_only_a_weighted_model_gets_weights(cls):
    for step, own, model in overall_models(fitted(cls, STUDY.X)):
        weight = getattr(model, "weight_", None)
        assert (weight is not None) == (step.weight is not None)
        if weight is not None:
            # Equal propensities give residuals of a half everywhere.
            np.testing.assert_allclose(weight, np.full(len(rows_of(step, own)), 0.25), rtol=1e-12)


def expected_columns(step, chosen):
    return len(chosen) + step.variant_as_feature


@pytest.mark.parametrize("cls", LEARNERS)
def test_features_are_chosen_by_name_for_frames(cls):
    frame, chosen = mixed_frame(), ["place", "age"]
    learner = fitted(cls, frame, feature_set=chosen)
    learner.predict(frame, is_oos=True)
    for step, own, model in overall_models(learner):
        found = model.fitted_on_.iloc[:, :2]
        pd.testing.assert_frame_equal(found, frame[chosen].iloc[rows_of(step, own)])
        assert model.fitted_on_.shape[1] == expected_columns(step, chosen)
        assert getattr(model, "predicted_", found).columns[:2].tolist() == chosen


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix])
@pytest.mark.parametrize("cls", LEARNERS)
def test_features_are_chosen_by_position_for_arrays(cls, make):
    learner = fitted(cls, make(STUDY.X), feature_set=[3, 0])
    for step, own, model in overall_models(learner):
        seen = model.fitted_on_
        dense = seen.toarray() if sp.issparse(seen) else seen
        np.testing.assert_array_equal(dense[:, :2], STUDY.X[rows_of(step, own)][:, [3, 0]])
        assert dense.shape[1] == expected_columns(step, [3, 0])


@pytest.mark.parametrize("cls", LEARNERS)
def test_features_may_differ_between_model_kinds(cls):
    kinds = [step.name for step in cls.declaration.models]
    chosen = {kind: list(range(1 + place)) for place, kind in enumerate(kinds)}
    learner = fitted(cls, STUDY.X, feature_set=chosen)
    learner.predict(STUDY.X)
    for step, _, model in overall_models(learner):
        assert model.fitted_on_.shape[1] == expected_columns(step, chosen[step.name])


@pytest.mark.parametrize("cls", LEARNERS)
def test_kinds_that_are_not_named_see_every_feature(cls):
    first = cls.declaration.models[0].name
    learner = fitted(cls, STUDY.X, feature_set={first: [2]})
    for step, _, model in overall_models(learner):
        shown = [2] if step.name == first else range(4)
        assert model.fitted_on_.shape[1] == expected_columns(step, shown)


@pytest.mark.parametrize(
    "table", [STUDY.X, mixed_frame(), sp.csr_matrix(STUDY.X)], ids=["array", "frame", "sparse"]
)
@pytest.mark.parametrize("cls", LEARNERS)
def test_no_features_are_one_constant_column(cls, table):
    learner = fitted(cls, table, feature_set=[])
    effects = learner.predict(table, is_oos=True)
    assert np.ptp(effects) == 0
    for step, own, model in overall_models(learner):
        ones = np.asarray(model.fitted_on_)[:, :1]
        np.testing.assert_array_equal(ones, np.ones((len(rows_of(step, own)), 1)))
        assert model.fitted_on_.shape[1] == 1 + step.variant_as_feature


@pytest.mark.parametrize("chosen", [["no such"], [4], [-5], {"treatment_model": [9]}], ids=str)
@pytest.mark.parametrize("cls", WITH_TREATMENT_MODEL)
def test_unknown_features_are_refused_by_name(cls, chosen):
    with pytest.raises(InvalidInput, match=r"feature_set.*unknown column"):
        fitted(cls, STUDY.X, feature_set=chosen)


@pytest.mark.parametrize("cls", LEARNERS)
def test_fit_parameters_reach_every_model(cls):
    learner = fitted(cls, STUDY.X, fit_params={"remark": "all"})
    assert {model.remark_ for _, _, model in overall_models(learner)} == {"all"}


@pytest.mark.parametrize("cls", LEARNERS)
def test_fit_parameters_can_be_given_by_stage_and_kind(cls):
    kinds = {step.name: step.is_nuisance for step in cls.declaration.models}
    nested = {"nuisance": {}, "treatment": {}}
    for kind, is_nuisance in kinds.items():
        nested["nuisance" if is_nuisance else "treatment"][kind] = {"remark": kind}
    learner = fitted(cls, STUDY.X, fit_params=nested)
    for step, _, model in overall_models(learner):
        assert model.remark_ == step.name
