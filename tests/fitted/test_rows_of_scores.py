"""Scores of some rows: which rows are meant, in which order, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import CausalDaskWarning, InvalidInput, Scores

VALUES = np.random.default_rng(0).normal(size=(2, 60, 1))
GROUPS = np.arange(60) % 20
SCORES = Scores(VALUES, (0, 1), np.arange(1.0, 61), GROUPS)


def test_rows_by_number_come_in_their_order_and_as_often_as_they_are_named():
    found = SCORES.of_rows([5, 2, 5, -1])
    np.testing.assert_array_equal(found.values, VALUES[:, [5, 2, 5, 59]])
    np.testing.assert_array_equal(found.weights, [6, 3, 6, 60])
    np.testing.assert_array_equal(found.groups, GROUPS[[5, 2, 5, 59]])


@pytest.mark.parametrize("rows", [slice(0, 30), range(30), np.arange(60) < 30])
def test_truth_values_numbers_and_slices_name_the_same_rows(rows):
    np.testing.assert_array_equal(SCORES.of_rows(rows).values, VALUES[:, :30])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([60], "less than 60"),
        ([0.5], "numbers of rows"),
        (np.ones(5, dtype=bool), "shape"),
        (np.zeros(60, dtype=bool), "names a row or more"),
        (np.arange(60) % 2, "rows == 1"),
    ],
)
def test_rows_that_are_not_there_are_told(rows, words):
    with pytest.raises(InvalidInput, match=f"'rows'.*{words}"):
        SCORES.of_rows(rows)


def test_truth_values_of_another_order_are_refused():
    chosen = pd.Series(np.arange(60) < 30)
    scores = Scores(VALUES, (0, 1), index=chosen.index)
    np.testing.assert_array_equal(scores.of_rows(chosen).values, VALUES[:, :30])
    with pytest.raises(InvalidInput, match="index of 'rows'"):
        scores.of_rows(chosen[::-1])


@pytest.mark.parametrize("aggregation", ["median", "mean"])
def test_an_average_over_one_group_has_no_error(aggregation):
    scores = Scores(VALUES, (0, 1), None, np.zeros(60), aggregation)
    with pytest.warns(CausalDaskWarning, match="no standard error"):
        effect = scores.average_effect()
    assert np.isfinite(effect.estimate).all()
    assert np.isnan(effect.standard_error).all()


@pytest.mark.filterwarnings("ignore:The standard errors rest on|Some groups have fewer than 50")
def test_one_group_among_others_takes_nothing_from_their_errors():
    by = np.where(GROUPS < 1, "alone", "others")
    with pytest.warns(CausalDaskWarning, match="no standard error"):
        effects = SCORES.group_effects(by)
    others = SCORES.of_rows(by == "others").average_effect()
    assert np.isnan(effects.interval()[0]).all()
    np.testing.assert_allclose(effects.interval()[1], others.interval()[0])
    assert np.isfinite(effects.simultaneous_interval()[1]).all()


def test_one_row_has_no_error():
    assert np.isnan(Scores(VALUES, (0, 1)).of_rows([3]).average_effect().standard_error).all()


@pytest.mark.parametrize("groups", [None, np.arange(60)])
def test_a_population_without_rows_is_told(groups):
    scores = Scores(VALUES, ("none", "some"), groups=groups, shares=0 * VALUES, estimand="ATT")
    with pytest.raises(InvalidInput, match=r"no rows of the population of the ATT of \['some'\]"):
        scores.average_effect()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((VALUES[0], (0, 1)), "'values'"),
        ((VALUES, (0, 1, 2)), "'values'"),
        ((VALUES, (0, 1), np.ones(59)), "'weights'"),
        ((VALUES, (0, 1), None, np.ones(59)), "'groups'"),
    ],
)
def test_scores_of_other_shapes_are_told(given, said):
    with pytest.raises(InvalidInput, match=said):
        Scores(*given)
