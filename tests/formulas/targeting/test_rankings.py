"""Rank-weighted effects against grf's definition by brute force, errors against derivatives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.formulas.targeting.half_samples import half_of, half_sample_covariance
from causal_dask.formulas.targeting.rank_groups import group_means, membership
from causal_dask.formulas.targeting.rankings import rank_weighted, ranked, targeting_gains

TARGETS = ["AUTOC", "QINI"]


def by_definition(scores, priorities, target, weights):
    """The definition of grf's rank_average_treatment_effect, row by row."""
    order = np.argsort(-priorities, kind="stable")
    s, w, p = scores[order], weights[order], priorities[order]
    shared = np.array([np.average(s[p == value], weights=w[p == value]) for value in p])
    toc = np.array([
        np.average(shared[: i + 1], weights=w[: i + 1]) for i in range(len(s))
    ]) - np.average(s, weights=w)  # fmt: skip
    if target == "AUTOC":
        return np.average(toc, weights=w)
    return np.average(np.cumsum(w) / w.sum() * toc, weights=w)


def drawn(seed, n, tied=False, weighted=False):
    rng = np.random.default_rng(seed)
    scores, priorities = rng.normal(size=n), rng.normal(size=n)
    weights = rng.uniform(0.5, 2, n) if weighted else np.ones(n)
    return scores, np.round(priorities) if tied else priorities, weights


@pytest.mark.parity("grf", "RATE (AUTOC, QINI) by grf's definition, row by row")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_estimate_is_grfs(target, tied, weighted):
    scores, priorities, weights = drawn(0, 80, tied, weighted)
    estimate, contributions = rank_weighted(
        scores, priorities, target, weights if weighted else None
    )
    expected = by_definition(scores, priorities, target, weights)
    assert np.isclose(estimate, expected, rtol=1e-9, atol=1e-12)
    assert abs(contributions.sum()) < 1e-12


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("weighted", [False, True])
def test_contributions_are_derivatives_by_the_weights(target, weighted):
    scores, priorities, weights = drawn(1, 60, weighted=weighted)
    _, contributions = rank_weighted(scores, priorities, target, weights)
    step, found = 1e-6, []
    for i in range(60):
        moved = [weights * np.where(np.arange(60) == i, 1 + h, 1) for h in (step, -step)]
        up, down = (by_definition(scores, priorities, target, w) for w in moved)
        found.append((up - down) / (2 * step))
    np.testing.assert_allclose(contributions, found, atol=1e-8)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("tied", [False, True])
def test_contributions_are_means_over_the_orders_of_tied_rows(target, tied):
    scores, priorities, weights = drawn(2, 60, tied)
    rng = np.random.default_rng(0)
    _, contributions = rank_weighted(scores, priorities, target, weights)
    shuffled = rng.permutation(60)
    _, others = rank_weighted(scores[shuffled], priorities[shuffled], target, weights)
    np.testing.assert_allclose(contributions[shuffled], others, atol=1e-12)


@pytest.mark.parity(
    "grf", "standard error of the RATE by grf's half-sample bootstrap, which is random"
)
@pytest.mark.parametrize("target", TARGETS)
def test_the_error_is_that_of_grfs_half_sample_bootstrap(target):
    scores, priorities, weights = drawn(3, 400)
    scores = scores + priorities
    _, contributions = rank_weighted(scores, priorities, target, weights)
    rng = np.random.default_rng(0)
    halves = []
    for _ in range(3_000):
        rows = rng.permutation(400)[:200]
        halves.append(by_rank(scores[rows], priorities[rows], target))
    assert np.isclose(np.std(halves), np.sqrt((contributions**2).sum()), rtol=0.06)


def by_rank(scores, priorities, target):
    return rank_weighted(scores, priorities, target)[0]


def test_a_ranking_in_which_all_are_tied_says_nothing():
    scores = np.random.default_rng(0).normal(size=50)
    for target in TARGETS:
        estimate, contributions = rank_weighted(scores, np.zeros(50), target)
        assert abs(estimate) < 1e-12
        np.testing.assert_allclose(contributions, 0, atol=1e-12)


def test_gains_are_sums_of_the_highest_ranked():
    scores, priorities, weights = drawn(4, 20)
    rank = ranked(priorities, weights)
    top = scores[np.argsort(-priorities)]
    for share in (0.25, 0.5, 1.0):
        found = targeting_gains(scores, rank, np.array([share]))[0]
        assert np.isclose(found, top[: int(20 * share)].sum() / 20)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=30), st.integers(2, 6), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_groups_share_tied_rows_and_are_of_equal_size(priorities, n_groups, seed):
    values = np.array(priorities, dtype=float)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(values))
    member = membership(values, np.linspace(0, 1, n_groups + 1), weights)
    np.testing.assert_allclose(member.sum(axis=1), 1)
    np.testing.assert_allclose(weights @ member, weights.sum() / n_groups)
    for value in set(priorities):
        assert np.ptp(member[values == value], axis=0).max() < 1e-12
    # the mean rank of the groups rises
    means = (weights * values) @ member / (weights @ member)
    assert (np.diff(means) > -1e-12).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_means_of_groups_are_those_of_their_rows(weighted):
    scores, priorities, weights = drawn(6, 90, weighted=weighted)
    bounds = np.linspace(0, 1, 4)
    means, moved = group_means(scores[:, None], priorities, bounds, weights if weighted else None)
    member = membership(priorities, bounds, weights)
    expected = (weights * scores) @ member / (weights @ member)
    np.testing.assert_allclose(means[:, 0], expected)
    assert moved.shape == (90, 3, 1)


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_errors_of_groups_count_that_their_bounds_are_estimated(slope):
    """Where values rise with the rank, groups taken as given would miss most of the error."""
    rng, bounds = np.random.default_rng(0), np.linspace(0, 1, 6)
    estimates, errors = [], []
    for _ in range(800):
        priorities = rng.normal(size=300)
        values = slope * priorities + rng.normal(size=300) * (1 - 0.8 * slope)
        mean, moved = group_means(values[:, None], priorities, bounds)
        estimates.append(mean[:, 0])
        errors.append(np.sqrt((moved[:, :, 0] ** 2).sum(axis=0)))
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=0.12)


def test_where_all_are_tied_a_group_is_everybody():
    values = np.random.default_rng(0).normal(size=(50, 1))
    means, moved = group_means(values, np.zeros(50), np.linspace(0, 1, 3))
    np.testing.assert_allclose(means, values.mean())
    error = np.sqrt((moved[:, 0, 0] ** 2).sum())
    assert np.isclose(error, values.std() / np.sqrt(50), rtol=0.05)


@pytest.mark.parametrize("n", [200, 201])
def test_halves_give_the_error_of_a_mean(n):
    values = np.random.default_rng(0).normal(size=n)
    rng = np.random.default_rng(1)
    found = half_sample_covariance(
        lambda m: np.array([np.average(values, weights=m)]), n, None, 4_000, rng
    )
    assert np.isclose(np.sqrt(found[0, 0]), values.std() / np.sqrt(n), rtol=0.05)
    assert half_of(n, rng).sum() == n // 2


def test_halves_keep_groups_together():
    groups = np.repeat(np.arange(20), 10)
    seen = []

    def statistic(multipliers):
        seen.append(multipliers.reshape(20, 10))
        return np.array([multipliers.sum()])

    half_sample_covariance(statistic, 200, groups, 5, np.random.default_rng(0))
    assert all((each == each[:, :1]).all() for each in seen)
