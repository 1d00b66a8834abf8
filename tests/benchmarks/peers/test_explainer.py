"""Importances and SHAP values of fitted models are those that metalearners' explainer gives."""

import numpy as np
import pytest
from lightgbm import LGBMRegressor

from causal_dask import Explainer
from causal_dask.datasets import make_study

theirs = pytest.importorskip("metalearners.explainer")
shap = pytest.importorskip("shap")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("sort_values", [False, True])
def test_explanations_of_the_same_models_are_equal(normalize, sort_values):
    study = make_study(1_000, n_variants=3, random_state=0)
    models = [
        LGBMRegressor(n_estimators=20, verbose=-1).fit(study.X, study.effects[:, k])
        for k in range(2)
    ]
    ours, other = Explainer(models), theirs.Explainer(models)
    for own, expected in zip(
        ours.feature_importances(normalize, sort_values=sort_values),
        other.feature_importances(normalize, sort_values=sort_values),
        strict=True,
    ):
        assert list(own.index) == list(expected.index)
        np.testing.assert_allclose(own, expected, atol=1e-10)
    for own, expected in zip(
        ours.shap_values(study.X, shap.TreeExplainer),
        other.shap_values(study.X, shap.TreeExplainer),
        strict=True,
    ):
        np.testing.assert_allclose(own, expected, atol=1e-10)
