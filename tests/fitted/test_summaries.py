"""Every kind of estimates has its table as ``summary``, and as HTML."""

import pandas as pd
import pytest

from causal_dask import best_linear_projection, calibration, gates, policy_value, rate
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(600, n_features=3, random_state=0)
LEARNER = learner_of(n_folds=5).fit(STUDY.X, STUDY.y, STUDY.w)

ESTIMATES = {
    "average effect": LEARNER.average_treatment_effect,
    "groups": lambda: LEARNER.average_treatment_effect(by=STUDY.X[:, 0] > 0),
    "projection": lambda: best_linear_projection(LEARNER, STUDY.X),
    "rule": lambda: policy_value(LEARNER, STUDY.X[:, 0] > 0),
    "gates": lambda: gates(LEARNER.judged_effects(STUDY.X)),
    "rate": lambda: rate(LEARNER.judged_effects(STUDY.X)),
    "calibration": lambda: calibration(LEARNER.judged_effects(STUDY.X)),
}


@pytest.mark.parametrize("kind", ESTIMATES)
def test_the_summary_is_the_frame(kind):
    found = ESTIMATES[kind]()
    pd.testing.assert_frame_equal(found.summary, found.to_frame())
    assert {"estimate", "standard_error", "lower", "upper"} <= set(found.summary.columns)
    assert "<table" in found._repr_html_()
