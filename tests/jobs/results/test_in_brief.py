"""The last lines of a run: effects on two classes are told once, of the event."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from causal_dask import TLearner
from causal_dask.datasets import make_study
from causal_dask.evaluation.predicted_effects import effect_frame
from causal_dask.jobs.results.in_brief import _spread

STUDY = make_study(90, n_variants=3, random_state=0)
CLASSES = np.array(["gone", "ill", "well"])


@pytest.mark.parametrize(
    ("n_classes", "told"),
    [(2, ["1_vs_0_ill", "2_vs_0_ill"]), (3, [f"{k}_vs_0_{c}" for k in (1, 2) for c in CLASSES])],
)
def test_effects_on_two_classes_are_told_once(n_classes, told):
    y = CLASSES[np.arange(90) % n_classes]
    learner = TLearner(nuisance_model_factory=DummyClassifier, n_folds=2, random_state=0)
    frame = effect_frame(learner.fit(STUDY.X, y, STUDY.w), STUDY.X).add_prefix("T_")
    estimates = SimpleNamespace(learners={"T": learner}, effects=frame, columns={"T": list(frame)})
    shown = _spread(estimates).partition(": ")[2].split("; ")
    assert [each.split()[0] for each in shown] == [f"T_{name}" for name in told]
