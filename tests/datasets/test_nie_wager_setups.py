"""The setups of Nie and Wager (2021) are those of the paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.datasets import nie_wager
from causal_dask.datasets.nie_wager_setups import SETUPS
from causal_dask.errors import InvalidInput

ALL = sorted(SETUPS)
LOG2 = np.log(2)

# Points whose b, e and tau were computed by hand from the paper's formulas.
BY_HAND = [
    # b is sin(pi/4) + 2 (1/2)^2 + 0.2 + 0.4 / 2, and e is sin(pi/4).
    ("A", [0.5, 0.5, 1.0, 0.2, 0.4], np.sqrt(0.5) + 0.9, np.sqrt(0.5), 0.5),
    # A propensity of sin(pi/2) = 1 is trimmed to 0.9.
    ("A", [0.5, 1.0, 0.5, 0.0, 0.0], 1.0, 0.9, 0.75),
    # A propensity of sin(0) = 0 is trimmed to 0.1.
    ("A", [0.0, 1.0, 0.5, 0.0, 0.0], 0.0, 0.1, 0.5),
    # b is the larger of 3, 5 and 0, and nothing of -1; tau is 3 + log(1 + 1).
    ("B", [3.0, 0.0, 5.0, -2.0, 1.0], 5.0, 0.5, 3 + LOG2),
    # b has nothing of -1 and -2, and 3.
    ("B", [-1.0, 0.0, -2.0, 1.0, 2.0], 3.0, 0.5, -1 + LOG2),
    # b is 2 log(1 + exp 0), and e is 1 / (1 + 3).
    ("C", [-np.log(3), np.log(3), 0.0, 9.0, 9.0], 2 * LOG2, 0.25, 1.0),
    # The hinges are 6 and 3, and e is 1 / (1 + 1 + 1).
    ("D", [0.0, 0.0, 6.0, 1.0, 2.0], 4.5, 1 / 3, 3.0),
    # Both hinges are shut, and e is 1 / (1 + 1 + 2).
    ("D", [0.0, -LOG2, 0.0, -1.0, 0.5], 0.0, 0.25, 0.0),
]


@pytest.mark.parity("Nie & Wager (2021)", "outcomes, propensities and effects of setups A to D")
@pytest.mark.parametrize(("setup", "x", "main_effect", "propensity", "effect"), BY_HAND)
def test_functions_at_points_computed_by_hand(setup, x, main_effect, propensity, effect):
    law, X = SETUPS[setup], np.array([x])
    np.testing.assert_allclose(law.main_effect(X), main_effect, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(law.propensity(X), propensity, rtol=1e-14)
    np.testing.assert_allclose(law.effect(X), effect, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("setup", ALL)
def test_outcomes_lie_half_an_effect_on_each_side_of_the_main_effect(setup):
    data, law = nie_wager(setup, 200, random_state=0), SETUPS[setup]
    np.testing.assert_allclose(data.outcomes.mean(axis=1), law.main_effect(data.X), rtol=1e-13)
    np.testing.assert_allclose(data.effects[:, 0], law.effect(data.X), atol=1e-14)
    np.testing.assert_array_equal(data.propensities[:, 1], law.propensity(data.X))


@pytest.mark.parametrize("setup", ALL)
def test_without_noise_y_is_b_plus_w_minus_a_half_times_tau(setup):
    data, law = nie_wager(setup, 200, noise=0, random_state=0), SETUPS[setup]
    expected = law.main_effect(data.X) + (data.w - 0.5) * law.effect(data.X)
    np.testing.assert_allclose(data.y, expected, atol=1e-13)


@pytest.mark.parametrize("setup", ALL)
def test_treated_share_and_noise_agree_with_the_law(setup):
    data = nie_wager(setup, 20_000, noise=2, random_state=0)
    surprise = data.w - data.propensities[:, 1]
    residual = (data.y - data.outcomes[np.arange(20_000), data.w]) / 2
    # Five standard errors: of a mean of terms with variance up to 1/4, and of unit noise.
    assert abs(surprise.mean()) < 5 * np.sqrt(1 / 4 / 20_000)
    assert abs(residual.mean()) < 5 * np.sqrt(1 / 20_000)
    assert abs(residual.var() - 1) < 5 * np.sqrt(2 / 20_000)


@pytest.mark.parametrize(("setup", "expected"), [("A", 0.5), ("C", 1.0), ("D", None)])
def test_average_effects_agree_with_their_closed_forms(setup, expected):
    data = nie_wager(setup, 50_000, random_state=0)
    # E max(Z, 0) = s / sqrt(2 pi) for a normal Z of standard deviation s.
    hinges = (np.sqrt(3) - np.sqrt(2)) / np.sqrt(2 * np.pi)
    truth = hinges if expected is None else expected
    assert abs(data.ate[0] - truth) <= 5 * data.effects.std() / np.sqrt(50_000) + 1e-12


@pytest.mark.parametrize("setup", ["C", "B"])
def test_symmetric_propensities_average_a_half(setup):
    data = nie_wager(setup, 20_000, random_state=0)
    assert abs(data.propensities[:, 1].mean() - 0.5) < 5 * np.sqrt(1 / 4 / 20_000)


@given(setup=st.sampled_from(ALL), n_features=st.integers(5, 9), seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_any_number_of_further_covariates_leaves_the_law_alone(setup, n_features, seed):
    data, law = nie_wager(setup, 20, n_features, random_state=seed), SETUPS[setup]
    assert data.X.shape == (20, n_features)
    np.testing.assert_array_equal(law.effect(data.X), law.effect(data.X[:, :5]))
    assert ((data.propensities > 0) & (data.propensities < 1)).all()


def test_only_setup_a_has_uniform_covariates():
    bounded = {name: (nie_wager(name, random_state=0).X >= 0).all() for name in ALL}
    assert bounded == {"A": True, "B": False, "C": False, "D": False}


@pytest.mark.parametrize("setup", ALL)
def test_the_same_seed_gives_the_same_data(setup):
    first, again = (nie_wager(setup, 30, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(first.y, again.y)
    np.testing.assert_array_equal(first.X, again.X)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"setup": "E"}, "setup must be one of 'A', 'B', 'C', 'D'. Got 'E'."),
        (
            {"setup": "A", "n_features": 4},
            "n_features must be an integer of at least 5. Got 4.",
        ),
        ({"setup": "A", "n_rows": -3}, "n_rows must be an integer of at least 1. Got -3."),
        (
            {"setup": "B", "noise": np.nan},
            "noise must be a finite number of at least 0. Got nan.",
        ),
    ],
)
def test_arguments_outside_the_paper_are_refused(arguments, message):
    with pytest.raises(InvalidInput) as caught:
        nie_wager(**arguments)
    assert str(caught.value) == message
