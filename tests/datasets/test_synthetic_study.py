"""A study's truth is exact, and what is observed follows it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.datasets import SyntheticData, make_study
from causal_dask.errors import InvalidInput, InvalidType

# A mean of n independent terms leaves 5 standard errors of its expectation once in 1.7 million
# draws; the seeds below are fixed, so that a test that passes keeps passing.
SIGMAS = 5
EFFECTS = ["none", "constant", "linear", "nonlinear"]
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 5), st.integers(2, 4))


def standard_error(values):
    return values.std(axis=0) / np.sqrt(len(values))


def crude_difference(data):
    return data.y[data.w == 1].mean() - data.y[data.w == 0].mean()


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("outcome", ["regression", "binary"])
@given(shape=SHAPES, seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_every_study_has_consistent_shapes_and_proper_propensities(effect, outcome, shape, seed):
    n, p, k = shape
    options = {"n_features": p, "n_variants": k, "effect": effect, "outcome": outcome}
    data = make_study(n, seed, **options)
    assert data.X.shape == (n, p)
    assert data.outcomes.shape == data.propensities.shape == (n, k)
    assert data.effects.shape == (n, k - 1)
    assert data.y.shape == data.w.shape == (n,)
    assert set(data.w) <= set(range(k))
    np.testing.assert_allclose(data.propensities.sum(axis=1), 1)
    assert (data.propensities > 0).all()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_effects_are_differences_of_outcomes_against_control(seed):
    data = make_study(30, seed, n_variants=3, effect="nonlinear", outcome="binary")
    for contrast in (1, 2):
        expected = data.outcomes[:, contrast] - data.outcomes[:, 0]
        np.testing.assert_array_equal(data.effects[:, contrast - 1], expected)
    np.testing.assert_array_equal(data.ate, data.effects.mean(axis=0))


def test_the_same_seed_gives_the_same_study_and_another_seed_another():
    first, again, other = (make_study(50, seed) for seed in (3, 3, 4))
    for name in ("X", "y", "w", "outcomes", "propensities"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.X, other.X)


def test_a_generator_is_used_up_so_that_two_studies_differ():
    random = np.random.default_rng(0)
    first, second = make_study(50, random), make_study(50, random)
    assert not np.array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.X, make_study(50, 0).X)


def test_the_global_numpy_state_is_neither_read_nor_moved():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    make_study(50, None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_without_noise_the_observed_outcome_is_the_true_mean_of_the_own_variant():
    data = make_study(200, 0, n_variants=3, noise=0)
    np.testing.assert_array_equal(data.y, data.outcomes[np.arange(200), data.w])


def test_noise_has_the_standard_deviation_asked_for():
    data = make_study(20_000, 0, noise=2)
    residual = data.y - data.outcomes[np.arange(20_000), data.w]
    assert abs(residual.mean()) < SIGMAS * standard_error(residual)
    # The variance of normal noise has the standard error variance * sqrt(2 / n).
    assert abs(residual.var() - 4) < SIGMAS * 4 * np.sqrt(2 / 20_000)


def test_binary_outcomes_are_coins_with_the_true_probabilities():
    data = make_study(20_000, 0, n_variants=3, outcome="binary")
    assert ((data.outcomes > 0) & (data.outcomes < 1)).all()
    assert data.y.dtype == np.int64
    assert set(data.y) == {0, 1}
    surprise = data.y - data.outcomes[np.arange(20_000), data.w]
    for variant in range(3):
        own = surprise[data.w == variant]
        assert abs(own.mean()) < SIGMAS * standard_error(own)


def test_the_share_of_each_variant_agrees_with_the_propensities():
    data = make_study(20_000, 0, n_variants=4)
    for variant in range(4):
        surprise = (data.w == variant) - data.propensities[:, variant]
        assert abs(surprise.mean()) < SIGMAS * standard_error(surprise)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("none", [0, 0]),
        ("constant", [1, 1.5]),
        ("linear", [1, 1.5]),
        ("nonlinear", [1 + 1 / np.sqrt(2 * np.pi), 1.5 + 1 / np.sqrt(2 * np.pi)]),
    ],
)
def test_average_effects_are_those_of_the_docstring(effect, expected):
    data = make_study(50_000, 0, n_variants=3, effect=effect)
    tolerance = SIGMAS * standard_error(data.effects) + 1e-12
    np.testing.assert_array_less(np.abs(data.ate - expected), tolerance)


def test_confounding_biases_the_crude_difference_and_a_trial_does_not():
    trial = make_study(20_000, 0, effect="constant", confounding=0)
    confounded = make_study(20_000, 0, effect="constant", confounding=0.5)
    # Two means of 10,000 rows each, of outcomes with a variance of 1 + 0.5 + 1 = 2.5.
    tolerance = SIGMAS * np.sqrt(2 * 2.5 / 10_000)
    assert abs(crude_difference(trial) - 1) < tolerance
    # By Stein's lemma the bias is 2 E[x1 (2 e - 1)] = 4 E[e'(x1)] > 4 * 0.5 * 0.2 = 0.4.
    assert crude_difference(confounded) - 1 > 0.4 - tolerance


def test_stronger_confounding_biases_more():
    studies = [make_study(20_000, 0, effect="none", confounding=c) for c in (0, 0.5, 1, 2)]
    assert all(a < b for a, b in pairwise(map(crude_difference, studies)))


def test_taking_rows_keeps_each_row_and_its_truth_together():
    data = make_study(50, 0, n_variants=3)
    some = data.take(np.array([7, 3]))
    assert isinstance(some, SyntheticData)
    np.testing.assert_array_equal(some.X, data.X[[7, 3]])
    np.testing.assert_array_equal(some.effects, data.effects[[7, 3]])
    np.testing.assert_array_equal(data.take(slice(10, 12)).y, data.y[10:12])


def test_a_study_cannot_be_changed():
    data = make_study(5, 0)
    with pytest.raises(AttributeError):
        data.y = np.zeros(5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_rows": 0}, "n_rows must be an integer of at least 1. Got 0."),
        ({"n_rows": 2.5}, "n_rows must be an integer of at least 1. Got 2.5."),
        ({"n_rows": True}, "n_rows must be an integer of at least 1. Got True."),
        ({"n_features": 0}, "n_features must be an integer of at least 1. Got 0."),
        ({"n_variants": 1}, "n_variants must be an integer of at least 2. Got 1."),
        ({"noise": -1}, "noise must be a finite number of at least 0. Got -1."),
        ({"confounding": np.inf}, "confounding must be a finite number of at least 0. Got inf."),
        ({"random_state": -1}, "random_state must be an integer of at least 0. Got -1."),
        ({"outcome": "count"}, "outcome must be one of 'regression', 'binary'. Got 'count'."),
        (
            {"effect": ["linear"]},
            "effect must be one of 'none', 'constant', 'linear', 'nonlinear'. Got ['linear'].",
        ),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InvalidInput) as caught:
        make_study(**options)
    assert str(caught.value) == message


@pytest.mark.parametrize("seed", ["0", 0.5, True, np.random.RandomState(0)])
def test_a_random_state_of_another_kind_is_refused(seed):
    with pytest.raises(InvalidType) as caught:
        make_study(10, seed)
    assert str(caught.value) == (
        f"random_state must be an integer, a numpy.random.Generator or None. Got {seed!r}."
    )


def test_a_misspelt_option_is_answered_with_the_options_there_are():
    with pytest.raises(InvalidType) as caught:
        make_study(10, efect="none")
    assert str(caught.value) == (
        "make_study has no option 'efect'. "
        "It has n_features, n_variants, effect, outcome, confounding, noise."
    )


def test_a_study_shows_rows_outcomes_and_effects_by_variant_in_a_few_lines():
    data = make_study(200, n_variants=3, effect="constant", random_state=0)
    lines = [line.split() for line in repr(data).splitlines()]
    assert " ".join(lines[0]) == "Simulated study of 200 rows and 6 covariates, effects known"
    assert [line[1] for line in lines[3:]] == [f"{n}" for n in np.bincount(data.w)]
    assert [line[-1] for line in lines[3:]] == ["–", "1.000", "1.500"]
    assert repr(data.take(data.w == 2)).splitlines()[-1].endswith("1.500")
