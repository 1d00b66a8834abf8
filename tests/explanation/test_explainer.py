"""Importances and SHAP values are those of the models of the effect, or of surrogates."""

import warnings

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import RandomForestRegressor

from causal_dask import (
    DRLearner,
    Explainer,
    InvalidInput,
    RALearner,
    RLearner,
    SLearner,
    TLearner,
    XLearner,
)
from tests.catalogue import learner_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what shap imports is its own business
    import shap

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 4))
ARMS = RNG.integers(0, 3, 300)
OUTCOME = ROWS[:, 0] + ARMS * ROWS[:, 1] + RNG.normal(size=300)
SMALL = {"n_estimators": 10, "verbose": -1}
FOREST = {"n_estimators": 5, "random_state": 0}


def boosted(cls, **parameters):
    models = {
        "nuisance_model_factory": LGBMRegressor, "nuisance_model_params": SMALL,
        "treatment_model_factory": LGBMRegressor, "treatment_model_params": SMALL,
        "propensity_model_factory": LGBMClassifier, "propensity_model_params": SMALL,
    }  # fmt: skip
    return learner_of(cls, **models | parameters).fit(ROWS, OUTCOME, ARMS)


@pytest.mark.parametrize("cls", [RLearner, DRLearner, RALearner])
def test_importances_are_those_of_the_treatment_models_of_all_rows(cls):
    learner = boosted(cls)
    explainer = learner.explainer()
    models = [learner.models_["treatment_model"][k]["overall"] for k in (1, 2)]
    assert explainer.explains == "treatment models"
    assert all(a is b for a, b in zip(explainer.cate_models, models, strict=True))
    found = learner.feature_importances()
    assert [list(each) for each in found] == [list(m.feature_importances_) for m in models]
    assert list(found[0].index) == ["Feature 0", "Feature 1", "Feature 2", "Feature 3"]


def test_importances_can_be_shares_named_and_in_order():
    (first, second) = boosted(DRLearner).feature_importances(
        feature_names=["a", "b", "c", "d"], normalize=True, sort_values=True
    )
    assert first.sum() == pytest.approx(1)
    assert first.is_monotonic_decreasing
    assert second.index[0] == "b"


def test_shap_values_are_those_of_the_treatment_models():
    learner = boosted(DRLearner)
    found = learner.shap_values(ROWS, shap.TreeExplainer)
    for k, values in enumerate(found, start=1):
        model = learner.models_["treatment_model"][k]["overall"]
        expected = shap.TreeExplainer(model).shap_values(ROWS)
        assert np.allclose(values, expected, rtol=1e-10, atol=1e-10)
    base = [shap.TreeExplainer(m).expected_value for m in learner.explainer().cate_models]
    total = np.column_stack([v.sum(axis=1) + b for v, b in zip(found, base, strict=True)])
    assert np.allclose(total, learner.predict(ROWS, is_oos=True)[:, :, 0])


def test_shap_values_are_of_the_columns_that_the_model_sees():
    frame = pd.DataFrame(ROWS, columns=["a", "b", "c", "d"])
    learner = learner_of(
        DRLearner, treatment_model_factory=LGBMRegressor, treatment_model_params=SMALL,
        feature_set={"treatment_model": ["b", "d"], "propensity_model": ["a"],
                     "variant_outcome_model": ["a", "b"]},
    ).fit(frame, OUTCOME, ARMS)  # fmt: skip
    assert learner.shap_values(frame, shap.TreeExplainer)[0].shape == (300, 2)
    assert len(learner.feature_importances()[0]) == 2


@pytest.mark.parametrize("cls", [SLearner, TLearner, XLearner])
def test_other_learners_are_explained_by_surrogates(cls):
    learner = boosted(cls)
    with pytest.raises(InvalidInput, match="no treatment model of its own for each treatment"):
        learner.explainer()
    effects = learner.predict(ROWS)
    explainer = learner.explainer(ROWS, effects, RandomForestRegressor, FOREST)
    assert explainer.explains == "surrogate"
    own = RandomForestRegressor(**FOREST).fit(ROWS, effects[:, 1, 0])
    found = learner.feature_importances(explainer=explainer)
    assert np.array_equal(found[1], own.feature_importances_)
    by_arguments = learner.feature_importances(
        X=ROWS, cate_estimates=effects, cate_model_factory=RandomForestRegressor,
        cate_model_params=FOREST,
    )  # fmt: skip
    assert np.array_equal(by_arguments[1], found[1])
    values = learner.shap_values(ROWS, shap.TreeExplainer, explainer=explainer)
    assert np.array_equal(values[1], shap.TreeExplainer(own).shap_values(ROWS))


def test_wrong_arguments_are_told():
    learner = boosted(DRLearner)
    with pytest.raises(InvalidInput, match="Pass all of 'X', 'cate_estimates' and"):
        learner.explainer(ROWS)
    with pytest.raises(InvalidInput, match=r"a row for each of the 300 of 'X'.*Got \(300, 2\)"):
        Explainer.from_estimates(ROWS, np.zeros((300, 2)), RandomForestRegressor)
    with pytest.raises(InvalidInput, match="has 1 names, but the model sees 4 features"):
        learner.feature_importances(["a"])
    with pytest.raises(InvalidInput, match="treatment 1, a LinearRegression, has no feature_imp"):
        learner_of(DRLearner).fit(ROWS, OUTCOME, ARMS).feature_importances()
    with pytest.raises(InvalidInput, match="enable_overall=False"):
        boosted(DRLearner, enable_overall=False).explainer()
    with pytest.raises(InvalidInput, match="n_repeats is 2"):
        boosted(DRLearner, n_repeats=2).explainer()


def test_an_explainer_is_shown_by_what_it_explains():
    models = [RandomForestRegressor(), LGBMRegressor()]
    assert repr(Explainer(models)) == (
        "<Explainer of treatment models: RandomForestRegressor, LGBMRegressor>"
    )
