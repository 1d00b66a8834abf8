"""The simulations of Künzel et al. (2019) are those of the paper."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from causal_dask.datasets import kuenzel
from causal_dask.datasets.kuenzel_simulations import LAWS
from causal_dask.errors import InvalidInput

ALL = list(LAWS)
WITHOUT_EFFECT = ["global_linear", "piecewise_linear", "beta_confounded"]


def at(name, x, coefficients=None):
    rows = np.zeros((1, 20))
    rows[0, : len(x)] = x
    control, treated = LAWS[name].responses(rows, np.asarray(coefficients))
    return [float(control[0]), float(treated[0])]


def recovered(name, seed):
    data = kuenzel(name, 400, random_state=seed)
    X, response = data.X, data.outcomes[:, 0]
    if name == "unbalanced":
        response = response - 5 * (X[:, 0] > 0.5)
    if name == "piecewise_linear":
        first_piece = X[:, 19] < -0.4
        X, response = X[first_piece, :5], response[first_piece]
    beta = np.linalg.lstsq(X, response, rcond=None)[0]
    np.testing.assert_allclose(X @ beta, response, atol=1e-9)
    return beta


@pytest.mark.parametrize(("number", "name"), list(enumerate(ALL, start=1)))
def test_a_name_and_its_number_in_the_paper_mean_the_same(number, name):
    by_number, by_name = (kuenzel(key, 20, random_state=0) for key in (number, name))
    np.testing.assert_array_equal(by_number.y, by_name.y)


@pytest.mark.parametrize("name", ALL)
def test_dimensions_are_the_papers_by_default(name):
    data = kuenzel(name, 30, random_state=0)
    assert data.X.shape == (30, 5 if name == "global_linear" else 20)
    assert data.outcomes.shape == data.propensities.shape == (30, 2)


@pytest.mark.parametrize("name", ALL)
def test_the_treated_share_and_the_noise_agree_with_the_law(name):
    data = kuenzel(name, 20_000, random_state=0)
    e = data.propensities[:, 1]
    residual = data.y - data.outcomes[np.arange(20_000), data.w]
    # Five standard errors of a mean of coins, and of a mean and a variance of unit noise.
    assert abs((data.w - e).mean()) < 5 * np.sqrt((e * (1 - e)).mean() / 20_000)
    assert abs(residual.mean()) < 5 * np.sqrt(1 / 20_000)
    assert abs(residual.var() - 1) < 5 * np.sqrt(2 / 20_000)


@pytest.mark.parametrize(
    ("name", "expected"), [("unbalanced", 0.01), ("complex_linear", 0.5), ("global_linear", 0.5)]
)
def test_randomised_simulations_have_one_propensity(name, expected):
    np.testing.assert_array_equal(kuenzel(name, 20, random_state=0).propensities[:, 1], expected)


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_three_simulations_have_no_effect(name):
    np.testing.assert_array_equal(kuenzel(name, 50, random_state=0).effects, 0)


@pytest.mark.parity("Künzel et al. (2019)", "outcomes of the unbalanced simulation")
def test_the_unbalanced_response_steps_with_x1_and_its_effect_with_x2():
    beta = np.ones((2, 20))
    assert at("unbalanced", [0.5, 0.1], beta) == pytest.approx([0.6, 0.6])
    assert at("unbalanced", [0.75, 0.25], beta) == pytest.approx([6.0, 14.0])


def test_the_complex_linear_responses_have_their_own_coefficients():
    beta = np.stack([np.arange(20), np.arange(20) * 10])
    assert at("complex_linear", [1.0, 2.0, 3.0], beta) == [8.0, 80.0]


def test_the_complex_nonlinear_responses_are_opposite():
    # s(1/2) = 1, and s tends to 2 and to 0.
    assert at("complex_nonlinear", [0.5, 0.5]) == [-0.5, 0.5]
    assert at("complex_nonlinear", [9.0, 9.0]) == pytest.approx([-2.0, 2.0])
    s = 2 * expit(-12 * 0.25)
    assert at("complex_nonlinear", [0.25, 0.5]) == pytest.approx([-s / 2, s / 2])


@pytest.mark.parametrize(
    ("x20", "expected"),
    [(-0.41, 15.0), (-0.4, 40.0), (0.0, 40.0), (0.4, 40.0), (0.41, 65.0)],
)
def test_x20_says_which_five_covariates_count(x20, expected):
    x = [*range(1, 20), x20]
    # 1 + ... + 5, 6 + ... + 10 and 11 + ... + 15.
    assert at("piecewise_linear", x, np.ones((2, 20))) == [expected, expected]


@pytest.mark.parity("Künzel et al. (2019)", "propensities of the confounded simulation")
def test_beta_confounding_follows_the_density_of_the_beta():
    X = np.array([[0.0], [0.25], [1.0]])
    # The density of Beta(2, 4) is 20 x (1 - x)^3, at its mode 1/4 that is 135 / 64.
    expected = (1 + np.array([0, 135 / 64, 0])) / 4
    np.testing.assert_allclose(LAWS["beta_confounded"].propensity(X), expected)
    assert at("beta_confounded", [0.75]) == [0.5, 0.5]


def test_beta_confounding_treats_every_second_row_on_average():
    data = kuenzel("beta_confounded", 20_000, random_state=0)
    propensity = data.propensities[:, 1]
    # A density has mean one over the unit interval, so that e has mean (1 + 1) / 4.
    assert abs(propensity.mean() - 0.5) < 5 * propensity.std() / np.sqrt(20_000)
    assert ((data.X >= 0) & (data.X <= 1)).all()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("unbalanced", -5, 5),
        ("complex_linear", 1, 30),
        ("global_linear", 1, 30),
        ("piecewise_linear", -15, 15),
    ],
)
def test_coefficients_recovered_from_the_truth_fill_the_papers_range(name, low, high):
    beta = np.concatenate([recovered(name, seed) for seed in range(40)])
    # At least 200 coefficients: one range's outer tenth stays empty once in 0.9^-200 = 1e9.
    tenth = (high - low) / 10
    assert low <= beta.min() < low + tenth
    assert high - tenth < beta.max() <= high


def test_normal_covariates_have_unit_variances_and_do_correlate():
    X = kuenzel("complex_linear", 20_000, random_state=0).X
    covariance = np.cov(X.T)
    # A sample variance has the standard error sqrt(2 / n); independent columns of this size
    # would have correlations below 5 / sqrt(n) = 0.04.
    np.testing.assert_allclose(covariance.diagonal(), 1, atol=5 * np.sqrt(2 / 20_000))
    assert np.abs(np.triu(covariance, 1)).max() > 0.2


def test_the_law_does_not_depend_on_the_number_of_rows():
    small, large = (kuenzel("global_linear", n, random_state=0) for n in (50, 80))
    laws = [np.linalg.lstsq(d.X, d.outcomes[:, 0], rcond=None)[0] for d in (small, large)]
    np.testing.assert_allclose(laws[0], laws[1])


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same_data(name):
    first, again = (kuenzel(name, 30, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(first.y, again.y)
    np.testing.assert_array_equal(first.X, again.X)


@pytest.mark.parametrize("simulation", [0, 7, True, "si_1", None])
def test_an_unknown_simulation_is_answered_with_those_there_are(simulation):
    with pytest.raises(InvalidInput) as caught:
        kuenzel(simulation)
    assert str(caught.value) == (
        "simulation must be one of 1 or 'unbalanced', 2 or 'complex_linear', "
        "3 or 'complex_nonlinear', 4 or 'global_linear', 5 or 'piecewise_linear', "
        f"6 or 'beta_confounded'. Got {simulation!r}."
    )


@pytest.mark.parametrize(("name", "least"), [("unbalanced", 2), ("piecewise_linear", 20)])
def test_a_simulation_needs_the_covariates_that_it_reads(name, least):
    with pytest.raises(InvalidInput) as caught:
        kuenzel(name, n_features=least - 1)
    assert str(caught.value) == (
        f"n_features must be an integer of at least {least}. Got {least - 1}."
    )
    assert kuenzel(name, 5, n_features=least).X.shape == (5, least)
