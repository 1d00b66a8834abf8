"""The S-learner's model learns from the variant, whatever kind of model and table it gets."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBRegressor

from causal_dask import SLearner
from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler

# LightGBM 4.6 names the columns of an array in fit and then misses the names in predict
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")

N_ROWS = 1_000
BY_CATEGORY = {
    "lightgbm": lightgbm.LGBMRegressor(n_estimators=60, verbose=-1),
    "histogram": HistGradientBoostingRegressor(max_iter=60, categorical_features="from_dtype"),
    "xgboost": XGBRegressor(n_estimators=60, max_depth=3, enable_categorical=True),
}
BY_DUMMIES = {
    "linear": LinearRegression(),
    "forest": RandomForestRegressor(n_estimators=20),
    "plain xgboost": XGBRegressor(n_estimators=60, max_depth=3),
    "plain histogram": HistGradientBoostingRegressor(max_iter=60, categorical_features=None),
    "pipeline": make_pipeline(StandardScaler(), LinearRegression()),
}


class Recording(RegressorMixin, BaseEstimator):
    """Keeps what it is shown; declares categorical support as XGBoost does."""

    def __init__(self, enable_categorical=False):
        self.enable_categorical = enable_categorical

    def fit(self, X, y):  # noqa: ARG002 - scikit-learn's signature
        self.fitted_on_ = X
        return self

    def predict(self, X):
        self.predicted_ = X
        return np.zeros(X.shape[0])


def study_of(effects, seed=0):
    """Variants at random that add ``effects`` to the outcome."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_ROWS, 3))
    w = rng.integers(len(effects), size=N_ROWS)
    return X, X[:, 0] + np.array(effects)[w] + 0.1 * rng.normal(size=N_ROWS), w


def frame_of(X):
    return pd.DataFrame(X, columns=list("abc"))


def mean_effects(model, table, y, w):
    learner = SLearner(nuisance_model_factory=model, n_folds=3, random_state=0)
    effects = learner.fit(table, y, w).predict(table)
    new = learner.predict(table, is_oos=True)
    np.testing.assert_allclose(new.mean(axis=0), effects.mean(axis=0), atol=0.2)
    return effects.mean(axis=0)[:, 0]


def recorded(learner):
    """The overall model of a learner made of recording ones."""
    compiler = Compiler(learner.declaration, learner._fitted.study)
    key = compiler.fit(learner.declaration.models[0], None, ()).key
    return learner._fitted.results[key]


@pytest.mark.parametrize("kind", [*BY_CATEGORY, *BY_DUMMIES])
@pytest.mark.parametrize("as_table", [frame_of, np.asarray], ids=["pandas", "numpy"])
def test_effect_of_two_is_recovered(kind, as_table):
    X, y, w = study_of([0.0, 2.0])
    (found,) = mean_effects((BY_CATEGORY | BY_DUMMIES)[kind], as_table(X), y, w)
    # Trees shrink a little towards nothing; the peer returns 0.0.
    assert found == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("kind", [*BY_CATEGORY, *BY_DUMMIES])
@pytest.mark.parametrize("as_table", [frame_of, np.asarray], ids=["pandas", "numpy"])
def test_effects_of_several_variants_are_recovered(kind, as_table):
    X, y, w = study_of([0.0, 2.0, -1.0, 0.5])
    found = mean_effects((BY_CATEGORY | BY_DUMMIES)[kind], as_table(X), y, w)
    # As above: shrinkage of boosted trees.
    np.testing.assert_allclose(found, [2.0, -1.0, 0.5], atol=0.2)


def test_sparse_tables_get_dummies():
    X, y, w = study_of([0.0, 2.0])
    (found,) = mean_effects(LinearRegression(), sp.csr_matrix(X), y, w)
    # 1,000 rows with noise of 0.1: a standard error of 0.006.
    assert found == pytest.approx(2.0, abs=0.03)


@pytest.mark.filterwarnings("ignore:All effects are exactly 0")  # it records, and learns nothing
@pytest.mark.parametrize("n_variants", [2, 3])
def test_category_has_all_variants_in_fit_and_in_every_prediction(n_variants):
    X, y, w = study_of(range(n_variants))
    learner = SLearner(nuisance_model_factory=Recording(enable_categorical=True), n_folds=2)
    learner.fit(frame_of(X), y, w).predict(frame_of(X[:1] + 1))
    model = recorded(learner)
    for seen in (model.fitted_on_, model.predicted_):
        assert seen.columns.tolist() == ["a", "b", "c", "variant"]
        assert seen["variant"].cat.categories.tolist() == list(range(n_variants))
        assert seen["variant"].notna().all()
    assert model.fitted_on_["variant"].tolist() == w.tolist()


@pytest.mark.parametrize("as_table", [frame_of, np.asarray, sp.csr_matrix])
def test_other_models_get_one_dummy_for_each_treatment(as_table):
    X, y, w = study_of([0, 1, 2])
    learner = SLearner(nuisance_model_factory=Recording, n_folds=2).fit(as_table(X), y, w)
    seen = recorded(learner).fitted_on_
    dense = seen.toarray() if sp.issparse(seen) else np.asarray(seen)
    np.testing.assert_array_equal(dense[:, :3], X)
    np.testing.assert_array_equal(dense[:, 3:], np.column_stack([w == 1, w == 2]))


def test_a_column_called_as_the_variant_is_left_alone():
    X, y, w = study_of([0, 1])
    table = frame_of(X).rename(columns={"a": "variant", "b": "variant_1"})
    for model in (Recording(enable_categorical=True), Recording()):
        learner = SLearner(nuisance_model_factory=model, n_folds=2).fit(table, y, w)
        seen = recorded(learner).fitted_on_
        assert seen.columns.is_unique
        pd.testing.assert_frame_equal(seen.iloc[:, :3], table)


def test_columns_called_by_numbers_stay_numbers_beside_the_dummies():
    X, y, w = study_of([0, 1])
    learner = SLearner(nuisance_model_factory=Recording, n_folds=2).fit(pd.DataFrame(X), y, w)
    assert recorded(learner).fitted_on_.columns.tolist() == [0, 1, 2, 3]


def test_variant_is_shown_beside_the_chosen_features_and_beside_none():
    X, y, w = study_of([0, 1])
    for features, n_columns in ([["a"], 2], [[], 2], [None, 4]):
        learner = SLearner(nuisance_model_factory=Recording, feature_set=features, n_folds=2)
        seen = recorded(learner.fit(frame_of(X), y, w)).fitted_on_
        assert seen.shape[1] == n_columns
        np.testing.assert_array_equal(seen.iloc[:, -1], w)


def test_each_row_is_shown_every_variant_by_the_models_that_held_it_out():
    X, y, w = study_of([0.0, 2.0])
    learner = SLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    learner.fit(X, y, w)
    outcomes = learner.predict_conditional_average_outcomes(X)
    own = learner.predict_nuisance(X, "base_model", 0)
    np.testing.assert_array_equal(own, outcomes[np.arange(N_ROWS), w, 0])
    assert len(answers.fits(Compiler(learner.declaration, learner._fitted.study))) == 3
