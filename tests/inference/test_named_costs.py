"""Costs by the names of treatments are those of the same treatments by their order."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from causal_dask import InvalidInput, Scores, policy_value
from causal_dask.inference.net_scores import cost_of_rows

ROWS = pd.Index([f"row {i}" for i in range(4)])


def scores_of(*variants, index=ROWS):
    return Scores(np.zeros((1, 4, len(variants) - 1)), variants, index=index)


ARMS = scores_of("none", "app", "pill")
PILL = [5.0, 6.0, 7.0, 8.0]


@pytest.mark.parametrize(
    "costs",
    [
        {"pill": 5, "app": 0.0},
        pd.Series({"pill": 5.0, "app": 0.0}),
        {"pill": np.full(4, 5.0), "app": 0},
        {2: 5.0, 1: 0.0},
        pd.DataFrame({"pill": 5.0, "app": 0.0}, index=ROWS),
        pl.DataFrame({"pill": [5.0] * 4, "app": [0.0] * 4}),
        np.array([0.0, 5.0]),
        [0, 5],
    ],
)
def test_names_say_which_treatment_a_cost_is_of(costs):
    np.testing.assert_array_equal(cost_of_rows(costs, ARMS), np.tile([0.0, 5.0], (4, 1)))


@pytest.mark.parametrize(
    ("variants", "costs"),
    [
        ((0, 2, 1), {1: 5.0, 2: 0.0}),
        ((0, 2, 1), pl.DataFrame({"1": [5.0] * 4, "2": [0.0] * 4})),
        ((2, 0.0, 1), {True: 5.0, False: 0.0}),
        ((0, "2", "1"), {"1": 5.0, "2": 0.0}),
    ],
)
def test_labels_are_compared_by_value_and_come_before_positions(variants, costs):
    np.testing.assert_array_equal(cost_of_rows(costs, scores_of(*variants))[0], [0.0, 5.0])


@pytest.mark.parametrize(
    ("costs", "told"),
    [
        ({"pill": 5.0, "ap": 0.0}, "no cost of 'app' and a cost of 'ap', but the treatments"),
        ({"pill": 5.0}, "no cost of 'app', but"),
        ({"none": 0.0, "app": 0.0, "pill": 5.0}, "a cost of 'none', but .* control, 'none'"),
        (pd.Series([0.0, 5.0]), "a cost of 0, 1"),
        (pd.DataFrame(np.zeros((4, 2)), ROWS), "pass a NumPy array in this order"),
        (pd.DataFrame([[1.0, 2.0]] * 4, ROWS, ["app", "app"]), "no cost of 'pill'"),
        (pd.DataFrame([[1.0, 2.0, 3.0]] * 4, ROWS, ["app", "pill", "app"]), "the same treatment"),
        ({"pill": "dear", "app": 0.0}, "must hold numbers.* Got str: dear"),
        ({"pill": [1.0, 2.0], "app": [0.0]}, r"Got the shape \(2, 2\)"),
        ({"pill": [1.0, 2.0], "app": [0.0] * 4}, "differ in length"),
        ({"pill": pd.Series(PILL, ROWS[::-1]), "app": 0.0}, "index of 'costs' is not that"),
        ("dear", "must hold numbers"),
        ([[1.0], [1.0, 2.0]], "must hold numbers"),
    ],
)
def test_names_that_do_not_say_it_are_refused(costs, told):
    with pytest.raises(InvalidInput, match=told):
        cost_of_rows(costs, ARMS)


def test_the_cost_of_an_only_treatment_may_have_any_name_but_that_of_control():
    two = scores_of("none", "pill")
    for name in ("price", "pill"):
        found = cost_of_rows(pd.DataFrame({name: PILL}, index=ROWS), two)
        np.testing.assert_array_equal(found[:, 0], PILL)
    with pytest.raises(InvalidInput, match="a cost of 'none'"):
        cost_of_rows(pd.DataFrame({"none": PILL}, index=ROWS), two)
    with pytest.raises(InvalidInput, match="a cost of 'price'"):
        cost_of_rows({"price": 5.0}, two)


def test_a_named_cost_is_taken_off_the_gain_of_its_treatment():
    found = policy_value(ARMS, np.full(4, "pill"), {"pill": 5.0, "app": 0.0})
    assert found.estimate[0] == -5


def test_the_label_of_control_is_no_position_of_a_treatment():
    with pytest.raises(InvalidInput, match="a cost of 1"):
        cost_of_rows({1: 5.0}, scores_of(1, 0))
