"""Effects are the same numbers and names whatever a learner's ``set_output`` asks for."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import TLearner
from causal_dask.datasets import make_study
from causal_dask.evaluation.predicted_effects import effect_frame, predicted_effects

STUDY = make_study(60, n_variants=3, random_state=0)
X = pd.DataFrame(STUDY.X, index=range(100, 160)).rename(columns=str)


@pytest.fixture(scope="module", params=["number", "class"])
def learner(request):
    is_class = request.param == "class"
    made = TLearner(
        is_classification=is_class,
        nuisance_model_factory=LogisticRegression if is_class else LinearRegression,
        n_folds=2,
        random_state=0,
    )
    return made.fit(X, (np.median(STUDY.y) < STUDY.y).astype(int) if is_class else STUDY.y, STUDY.w)


@pytest.mark.parametrize("kind", ["default", "pandas", "polars"])
def test_effects_are_those_of_predict_in_every_kind_of_table(learner, kind):
    expected = learner.set_output(transform="default").predict(X)
    learner.set_output(transform=kind)
    np.testing.assert_array_equal(predicted_effects(learner, X), expected)
    frame = effect_frame(learner, X)
    named = learner.set_output(transform="pandas").predict(X)
    pd.testing.assert_frame_equal(frame, named)
