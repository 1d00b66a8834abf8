"""Fits and predictions of base models, on the smallest tables."""

import numpy as np
import pytest
from lightgbm import LGBMRegressor
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBRegressor

from causal_dask.tasks.estimators import prepare_estimator, seeds, weight_keyword
from causal_dask.tasks.models import Answer, BaseModel, Recipe, combine, fit, predict
from causal_dask.tasks.rows import Design, Selection

X = np.arange(12.0).reshape(6, 2)
Y = np.arange(6.0)
W = np.array([0, 1, 0, 1, 0, 1])
FOLDS = np.array([0, 0, 0, 1, 1, 1])


class Memory(BaseEstimator):
    """Remembers what it was fitted to; answers the row sums."""

    def fit(self, X, y, sample_weight=None, **extra):
        self.X_, self.y_, self.weight_, self.extra_ = X, y, sample_weight, extra
        return self

    def predict(self, X):
        return X.sum(axis=1)


class Classes(BaseEstimator):
    """A fitted classifier of some classes."""

    def __init__(self, classes):
        self.classes = self.classes_ = np.array(classes)

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes)), 1 / len(self.classes))


def recipe(selection, **options):
    return Recipe(BaseModel(Memory(), "memory"), selection, **options)


def test_a_fit_sees_the_rows_of_its_selection_and_their_targets():
    model = fit(recipe(Selection("variant", 1, without=(0,))), X, Y, W, FOLDS)
    assert model.X_.tolist() == X[[3, 5]].tolist()
    assert model.y_.tolist() == [3, 5]


def test_targets_and_weights_may_come_fold_by_fold():
    model = fit(recipe(Selection(without=(0,))), X, [Y[3:]], folds=FOLDS, weight=[Y[3:] * 2])
    assert (model.y_.tolist(), model.weight_.tolist()) == ([3, 4, 5], [6, 8, 10])


def test_a_fit_leaves_its_recipe_unfitted():
    plan = recipe(Selection())
    fit(plan, X, Y)
    assert not hasattr(plan.base.estimator, "X_")


def test_fit_parameters_reach_the_model():
    model = fit(recipe(Selection(), fit_params={"early": True}), X, Y)
    assert model.extra_ == {"early": True}


def test_a_model_may_see_the_variant_as_a_feature():
    design = Design(encoding="dummies", n_variants=2)
    model = fit(recipe(Selection(), design=design), X, Y, W)
    assert model.X_[:, 2].tolist() == W.tolist()
    shown = predict(Answer("outcome", design, variant=1), model, X)
    own = predict(Answer("outcome", design), model, X, np.array([4, 5]), W)
    assert shown.tolist() == (X.sum(axis=1) + 1)[:, None].tolist()
    assert own.tolist() == [[17.0], [22.0]]


@pytest.mark.parametrize("rows", [None, np.array([4, 1])])
def test_a_prediction_is_a_column_of_outcomes_or_a_vector_of_effects(rows):
    expected = X.sum(axis=1) if rows is None else X[rows].sum(axis=1)
    model = Memory()
    assert predict(Answer("outcome"), model, X, rows).tolist() == expected[:, None].tolist()
    assert predict(Answer("effect"), model, X, rows).tolist() == expected.tolist()


def test_a_class_that_a_model_did_not_meet_has_no_probability():
    found = predict(Answer("probabilities", n_columns=3), Classes([0, 2]), X[:1])
    assert found.tolist() == [[0.5, 0.0, 0.5]]


def test_an_error_in_a_fit_or_a_prediction_tells_model_and_rows():
    broken = BaseModel(GridSearchCV(Memory(), {}), "broken")
    with pytest.raises(TypeError) as fitting:
        fit(Recipe(broken, Selection(without=(0,))), X, Y, folds=FOLDS)
    with pytest.raises(AttributeError) as predicting:
        predict(Answer("effect"), object(), X)
    assert fitting.value.__notes__ == ["while fitting GridSearchCV on 3 rows"]
    assert predicting.value.__notes__ == ["while predicting 6 rows with object"]


def test_the_models_of_the_folds_are_combined_by_mean_or_median():
    parts = [np.array([[0.0, 1.0]]), np.array([[0.3, 0.7]]), np.array([[0.6, 0.4]])]
    assert combine(parts, "mean", sums_to_one=True) == pytest.approx(np.array([[0.3, 0.7]]))
    assert combine(parts, "median", sums_to_one=False).tolist() == [[0.3, 0.7]]


@pytest.mark.parametrize("sure", [0.5, 0.9, 1.0])
def test_medians_of_probabilities_sum_to_one_even_where_every_fold_is_sure_of_another_class(sure):
    parts = [np.eye(3)[[k]] * sure + (1 - sure) / 3 for k in range(3)]
    assert combine(parts, "median", sums_to_one=True).sum() == pytest.approx(1)


@pytest.mark.parametrize("method", ["mean", "median"])
def test_a_combination_of_effects_is_a_vector(method):
    parts = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    assert combine(parts, method, sums_to_one=False).tolist() == [2.0, 3.0]


def test_every_random_state_left_open_gets_a_seed_of_its_own():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), RandomForestRegressor()), {}, cv=KFold(3, shuffle=True)
    )
    found = seeds(search, 7)
    drawn = {
        found["estimator__randomforestregressor__random_state"], found["cv"].random_state,
    }  # fmt: skip
    assert len(drawn) == 2
    assert found.keys() == {"estimator__randomforestregressor__random_state", "cv"}
    assert search.cv.random_state is None


def test_a_random_state_that_was_given_is_kept():
    assert seeds(RandomForestRegressor(random_state=3), 7) == {}
    assert seeds(GridSearchCV(Ridge(random_state=1), {}, cv=ShuffleSplit(random_state=2)), 7) == {}


def test_seeds_depend_on_the_fits_seed_and_the_parameters_name_alone():
    one, same, other = (seeds(RandomForestRegressor(), seed) for seed in (1, 1, 2))
    assert one == same != other
    assert seeds(XGBRegressor(), 1) == one


@pytest.mark.parametrize("model", [XGBRegressor(), LGBMRegressor()], ids=lambda m: type(m).__name__)
def test_a_prepared_model_has_its_seed_and_one_thread_unless_told_otherwise(model):
    own = prepare_estimator(model, 5, ())
    assert (own.n_jobs, own.random_state) == (1, seeds(model, 5)["random_state"])
    assert prepare_estimator(model, None, (("n_jobs", 3),)).n_jobs == 3
    assert (model.n_jobs, model.random_state) == (None, None)


def test_an_object_without_parameters_is_copied_as_it_is():
    class Duck:
        pass

    duck = Duck()
    duck.feathers = [1]
    copied = prepare_estimator(duck, 5, ())
    assert copied is not duck
    assert copied.feathers == [1]
    assert copied.feathers is not duck.feathers


WEIGHTED = [
    (Ridge(), "sample_weight"),
    (make_pipeline(StandardScaler(), Ridge()), "ridge__sample_weight"),
    (make_pipeline(make_pipeline(LinearRegression())), "pipeline__linearregression__sample_weight"),
    (GridSearchCV(Ridge(), {}), "sample_weight"),
]


@pytest.mark.parametrize(("model", "keyword"), WEIGHTED, ids=lambda v: v if type(v) is str else "")
def test_weights_are_passed_to_the_model_that_takes_them(model, keyword):
    assert weight_keyword(model) == keyword
