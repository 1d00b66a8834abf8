"""The doubly robust scores of a learner, and the average effect as a function of them."""

import numpy as np
import pytest

from causal_dask import DRLearner, InvalidInput, PWLearner, RLearner, Scores, TLearner, XLearner
from causal_dask.datasets import make_study
from tests.catalogue import learner_of, with_score

STUDY = make_study(300, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
GROUPS, WEIGHTS = np.arange(300) // 3, np.linspace(0.5, 1.5, 300)


def by_hand(learner):
    """Kennedy (2023), eq. 2, from cross-fitted outcomes and propensities."""
    outcomes = learner.predict_conditional_average_outcomes(STUDY.X)[..., 0]
    e = learner.propensity_scores().clip(0.01, 0.99)
    residual = (STUDY.w == 1) * (STUDY.y - outcomes[:, 1]) / e[:, 1]
    residual -= (STUDY.w == 0) * (STUDY.y - outcomes[:, 0]) / e[:, 0]
    return outcomes[:, 1] - outcomes[:, 0] + residual


@pytest.mark.parametrize("cls", with_score(2))
def test_scores_are_those_of_the_papers_formula(cls):
    learner = learner_of(cls).fit(*DATA)
    scores = learner.scores()
    np.testing.assert_allclose(scores.values[0, :, 0], by_hand(learner))
    assert scores.variants == (0, 1)
    assert scores.weights is scores.groups is None


def test_weights_groups_and_repeats_of_the_fit_are_those_of_the_scores():
    learner = learner_of(n_repeats=3).fit(*DATA, sample_weight=WEIGHTS, groups=GROUPS)
    scores = learner.scores()
    assert (scores.values.shape, scores.n_repeats) == ((3, 300, 1), 3)
    np.testing.assert_array_equal(scores.weights, WEIGHTS)
    np.testing.assert_array_equal(scores.groups, GROUPS)


@pytest.mark.parametrize("aggregation", ["median", "mean"])
def test_the_average_effect_is_a_function_of_the_scores(aggregation):
    learner = learner_of(n_repeats=2, repeat_aggregation=aggregation)
    effect = learner.fit(*DATA, sample_weight=WEIGHTS).average_treatment_effect()
    again = learner.scores().average_effect()
    np.testing.assert_array_equal(effect.estimate, again.estimate)
    np.testing.assert_array_equal(effect.covariance, again.covariance)


def test_one_repeats_average_is_the_weighted_mean_of_its_scores():
    learner = learner_of().fit(*DATA, sample_weight=WEIGHTS)
    mean = np.average(learner.scores().values[0], axis=0, weights=WEIGHTS)
    np.testing.assert_allclose(learner.average_treatment_effect().estimate, mean)


def test_scores_of_new_rows_have_their_own_weights_and_groups():
    new = make_study(50, n_variants=2, random_state=1)
    learner = learner_of(XLearner).fit(*DATA, sample_weight=WEIGHTS, groups=GROUPS)
    scores = learner.scores(new.X, new.y, new.w, sample_weight=np.ones(50), groups=np.arange(50))
    assert scores.values.shape == (1, 50, 1)
    np.testing.assert_array_equal(scores.weights, np.ones(50))
    np.testing.assert_array_equal(scores.groups, np.arange(50))


@pytest.mark.parametrize(
    ("cls", "why"),
    [(TLearner, "no propensity model"), (PWLearner, "no outcome model")],
)
def test_a_learner_without_scores_says_what_it_lacks(cls, why):
    with pytest.raises(InvalidInput, match=why):
        learner_of(cls).fit(*DATA).scores()


def test_an_r_learner_has_scores_of_two_variants_only():
    three = make_study(300, n_variants=3, random_state=0)
    learner = learner_of(RLearner).fit(three.X, three.y, three.w)
    with pytest.raises(InvalidInput, match="two variants only"):
        learner.scores()


def test_scores_that_a_user_has_changed_can_be_averaged():
    scores = learner_of(DRLearner).fit(*DATA).scores()
    twice = Scores(2 * scores.values, scores.variants)
    np.testing.assert_allclose(
        twice.average_effect().estimate, 2 * scores.average_effect().estimate
    )
