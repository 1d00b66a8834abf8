"""Shapes of answers, and scores of predictions that are known."""

import numpy as np
import pytest

from causal_dask.tasks.answers import stack_effects, stack_outcomes, stack_scores
from causal_dask.tasks.rows import Design, Selection
from causal_dask.tasks.scores import score

ONE, TWO = np.array([0.1, 0.2]), np.array([0.3, 0.4])


def test_effects_of_a_regression_are_rows_by_contrasts_by_one():
    assert stack_effects([ONE, TWO], 1).tolist() == [[[0.1], [0.3]], [[0.2], [0.4]]]


def test_effects_on_two_classes_are_each_others_negative():
    assert stack_effects([ONE], 2).tolist() == [[[-0.1, 0.1]], [[-0.2, 0.2]]]


def test_effects_on_several_classes_are_kept():
    assert stack_effects([np.array([[0.1, 0.2, -0.3]])], 3).tolist() == [[[0.1, 0.2, -0.3]]]


def test_outcomes_of_two_classes_sum_to_one():
    assert stack_outcomes([ONE], 2).sum(axis=2) == pytest.approx(1)


def test_outcomes_of_a_regression_are_rows_by_variants_by_one():
    columns = [ONE[:, None], TWO[:, None]]
    assert stack_outcomes(columns, 1).tolist() == [[[0.1], [0.3]], [[0.2], [0.4]]]


def test_scores_are_rows_by_contrasts():
    assert stack_scores([ONE, TWO]).tolist() == [[0.1, 0.3], [0.2, 0.4]]


X = np.zeros((4, 1))
W = np.array([0, 1, 0, 1])
TARGET = np.array([1.0, 2.0, 3.0, 4.0])


EVERYTHING = Selection()


def scored(scoring, prediction, selection=EVERYTHING, **given):
    values = {"target": TARGET, "w": W} | given
    return score(scoring, Design(), selection, X, prediction, **values)


def test_a_score_is_that_of_the_rows_the_model_is_about():
    prediction = np.array([9.0, 2.0, 9.0, 5.0])
    found = scored("neg_mean_absolute_error", prediction, Selection("variant", 1))
    assert found == -0.5


def test_a_score_is_weighted_as_the_fit_is():
    prediction = np.array([1.0, 2.0, 3.0, 8.0])
    found = scored("neg_mean_absolute_error", prediction, weight=np.array([1.0, 1.0, 1.0, 3.0]))
    assert found == -2.0


@pytest.mark.parametrize(("scoring", "expected"), [("accuracy", 0.75), ("roc_auc", 0.75)])
def test_probabilities_are_scored_as_those_of_a_classifier(scoring, expected):
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    probabilities[2] = [0.25, 0.75]
    assert scored(scoring, probabilities, target=np.array([0, 1, 0, 1])) == expected


def test_a_callable_is_given_a_model_the_rows_and_their_targets():
    def first(model, X, y):
        return model.predict(X)[0] + y[0] + len(X)

    assert scored(first, TARGET * 10, Selection("variant", 1)) == 20 + 2 + 2


def test_a_scorer_that_asks_for_some_of_the_rows_only_is_told_why_it_cannot():
    def halves(model, X, y):
        return model.predict(X[:2])[0]

    message = "asked for 2 rows, but predictions are known for the 4 scored ones only"
    with pytest.raises(ValueError, match=message):
        scored(halves, TARGET)
