"""DoubleML's numbers from our out-of-fold predictions."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput
from causal_dask.datasets import make_study
from tests.catalogue import learner_of, with_score

STUDY = make_study(400, random_state=0)


@pytest.mark.parity("DoubleML", "ATE and standard error from our out-of-fold predictions")
@pytest.mark.parametrize("cls", with_score(2))
def test_the_average_effect_and_its_error_are_ours(cls):
    learner = learner_of(cls).fit(STUDY.X, STUDY.y, STUDY.w)
    theirs, ours = learner.to_doubleml(STUDY.X), learner.average_treatment_effect()
    np.testing.assert_allclose(theirs.coef, ours.estimate, rtol=1e-12)
    np.testing.assert_allclose(theirs.se, ours.standard_error, rtol=1e-12)


def test_repeats_are_its_repetitions():
    learner = learner_of(n_repeats=3).fit(STUDY.X, STUDY.y, STUDY.w)
    theirs, scores = learner.to_doubleml(STUDY.X), learner.scores()
    np.testing.assert_allclose(theirs.all_coef[0], np.mean(scores.values, axis=(1, 2)))
    # it leaves the spread over repetitions out of the error, which we count (eq. 3.14)
    np.testing.assert_allclose(theirs.coef, learner.average_treatment_effect().estimate)


def test_options_are_passed_on():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    theirs = learner.to_doubleml(STUDY.X, score="ATTE")
    ours = learner.average_treatment_effect(estimand="ATT")
    np.testing.assert_allclose(theirs.coef, ours.estimate, rtol=1e-8)
    np.testing.assert_allclose(theirs.se, ours.standard_error, rtol=1e-8)


def test_frames_with_words_and_sparse_matrices_can_be_passed():
    X = pd.DataFrame(STUDY.X[:, :2], columns=["a", "b"]).assign(
        c=pd.Categorical(np.where(STUDY.X[:, 2] > 0, "x", "y"))
    )
    features = {"variant_outcome_model": ["a", "b"], "propensity_model": ["a", "b"]}
    learner = learner_of(feature_set={**features, "treatment_model": ["a"]})
    theirs = learner.fit(X, STUDY.y, STUDY.w).to_doubleml(X)
    assert theirs.n_obs == 400
    np.testing.assert_allclose(theirs.coef, learner.average_treatment_effect().estimate)


def test_what_doubleml_does_not_know_is_refused():
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=np.ones(400))
    with pytest.raises(InvalidInput, match="weights"):
        learner.to_doubleml(STUDY.X)
    three = make_study(200, n_variants=3, random_state=0)
    learner = learner_of().fit(three.X, three.y, three.w)
    with pytest.raises(InvalidInput, match="two variants"):
        learner.to_doubleml(three.X)
    learner = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
    with pytest.raises(InvalidInput, match="not the training data"):
        learner.to_doubleml(make_study(100, random_state=1).X)
