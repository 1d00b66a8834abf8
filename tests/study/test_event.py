"""Which class of a two-class outcome the effects are about."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from causal_dask import InvalidInput, TLearner, load, plot_effects
from causal_dask.datasets import make_study
from tests.catalogue import FOR_TWO_CLASSES_AT_MOST, WITH_OUTCOME_MODELS, learner_of, with_score

STUDY = make_study(400, n_variants=2, random_state=0)
WORDS = np.where(STUDY.y > np.median(STUDY.y), "cured", "ill")
CLASSES = [cls for cls in WITH_OUTCOME_MODELS if cls in with_score(2)]


def fitted(cls, event=None, y=WORDS):
    learner = learner_of(cls, nuisance_model_factory=LogisticRegression, event=event)
    return learner.fit(STUDY.X, y, STUDY.w)


@pytest.mark.parametrize("cls", CLASSES)
def test_effects_are_on_the_probability_of_the_event(cls):
    last, first = fitted(cls), fitted(cls, event="cured")
    assert (last.classes_.tolist(), first.classes_.tolist()) == (["cured", "ill"], ["ill", "cured"])
    effects = [learner.predict(STUDY.X)[:, 0, 1] for learner in (last, first)]
    np.testing.assert_allclose(effects[0], -effects[1], atol=1e-4)  # the solver's precision
    ates = [learner.average_treatment_effect() for learner in (last, first)]
    np.testing.assert_allclose(ates[0].estimate, -ates[1].estimate, atol=1e-4)
    assert [ate.event for ate in ates] == ["ill", "cured"]


def test_the_event_is_named_where_effects_are_shown(tmp_path):
    learner = load(fitted(TLearner, event="cured").save(tmp_path / "learner"))
    assert "on the probability of cured" in plot_effects(learner, STUDY.X).get_xlabel()
    learner.set_output(transform="pandas")
    assert learner.predict(STUDY.X).columns.tolist() == ["1_vs_0_ill", "1_vs_0_cured"]


def test_zero_and_one_and_truth_values_name_the_same_event():
    y = STUDY.y > 0
    for event in (0, False):
        assert fitted(TLearner, event=event, y=y).classes_.tolist() == [True, False]
    assert fitted(TLearner, event=False, y=y.astype(int)).classes_.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("event", "y", "message"),
    [
        ("gone", WORDS, "The 'event' 'gone' is not in 'y', which holds 'cured', 'ill'"),
        (
            "a",
            np.array(["a", "b", "c", "c"] * 100),
            "'event' names one of two classes, and 'y' has 3",
        ),
        (["ill"], WORDS, "'event' must be one label. Got a list"),
    ],
)
def test_an_event_that_cannot_be_meant_is_refused(event, y, message):
    with pytest.raises(InvalidInput, match=message):
        fitted(TLearner, event=event, y=y)


@pytest.mark.parametrize("cls", FOR_TWO_CLASSES_AT_MOST)
def test_numbers_have_no_event(cls):
    with pytest.raises(InvalidInput, match="'event' names the class 1, but 'y' holds numbers here"):
        learner_of(cls, event=1).fit(STUDY.X, STUDY.y, STUDY.w)
