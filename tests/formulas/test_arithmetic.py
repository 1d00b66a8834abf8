"""The formulas by hand, and what must hold whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from causal_dask import r_loss
from causal_dask.formulas.average_effect import (
    average,
    degrees_of_freedom,
    group_sizes,
    standard_errors,
)
from causal_dask.formulas.doubly_robust import aipw, switched
from causal_dask.formulas.outcomes import difference, gain, loss, mean_outcome, regression_adjusted
from causal_dask.formulas.propensities import (
    blend,
    clipped,
    contrast_share,
    effective_sample_size,
    inverse_weights,
    n_outside,
    n_shares_outside,
    outside,
)
from causal_dask.formulas.residuals import (
    outcome_without,
    r_loss_of_contrast,
    residual_ratio,
    shifted,
    squared_residual,
)

N = 6
finite = st.floats(-1e3, 1e3)
thresholds = st.floats(1e-6, 0.49)
columns = arrays(np.float64, N, elements=finite)
variants = arrays(np.int64, N, elements=st.integers(0, 2))
ROUNDING = {"rtol": 1e-9, "atol": 1e-9}  # some operations on numbers up to 1,000


@st.composite
def probabilities(draw):
    """Rows of three propensities that sum to one; some are zero."""
    weights = draw(arrays(np.float64, (N, 3), elements=st.integers(0, 5)))
    weights[:, 0] += weights.sum(axis=1) == 0
    return weights / weights.sum(axis=1, keepdims=True)


def test_mean_outcome_is_the_regression_or_the_second_class():
    np.testing.assert_array_equal(mean_outcome(np.array([1.0, 2.0])), [1, 2])
    np.testing.assert_array_equal(mean_outcome(np.array([[1.0], [2.0]])), [1, 2])
    np.testing.assert_array_equal(mean_outcome(np.array([[0.9, 0.1], [0.4, 0.6]])), [0.1, 0.6])


def test_differences_keep_the_columns_of_their_classes():
    treated, control = np.array([[0.2, 0.8]]), np.array([[0.5, 0.5]])
    np.testing.assert_allclose(difference(treated, control), [[-0.3, 0.3]], rtol=1e-15)


@given(columns, columns)
def test_a_gain_is_minus_the_loss(y, outcome):
    np.testing.assert_array_equal(gain(y, outcome), -loss(outcome, y))


def test_regression_adjustment_imputes_the_outcome_that_was_not_seen():
    y, w = np.array([5.0, 5.0, 5.0]), np.array([0, 1, 2])
    found = regression_adjusted(y, w, 1, np.array([1.0, 2, 3]), np.array([10.0, 20, 30]))
    np.testing.assert_array_equal(found[:2], [10 - 5, 5 - 2])


@given(columns, variants, columns)
def test_regression_adjustment_of_perfect_predictions_is_the_effect(mu_0, w, effect):
    y = mu_0 + (w == 1) * effect
    rows = w != 2
    found = regression_adjusted(y, w, 1, mu_0, mu_0 + effect)
    np.testing.assert_allclose(found[rows], effect[rows], **ROUNDING)


@given(probabilities(), thresholds)
def test_clipped_propensities_lie_within_the_bounds_and_others_stay(e, threshold):
    found = clipped(e, threshold)
    assert found.min() >= threshold
    assert found.max() <= 1 - threshold
    inside = (e >= threshold) & (e <= 1 - threshold)
    np.testing.assert_array_equal(found[inside], e[inside])
    np.testing.assert_array_equal(clipped(found, threshold), found)


@given(probabilities(), thresholds)
def test_rows_outside_are_those_that_clipping_moves(e, threshold):
    moved = (clipped(e, threshold) != e).any(axis=1)
    np.testing.assert_array_equal(outside(e, threshold), moved)
    assert n_outside(e, threshold) == moved.sum()


def test_bounds_themselves_are_inside():
    assert n_outside(np.array([[0.01, 0.99], [0.009, 0.991]]), 0.01) == 1


@given(probabilities(), thresholds, st.integers(1, 2))
def test_shares_are_clipped_too(e, threshold, variant):
    share = contrast_share(e, variant, threshold)
    assert share.min() >= threshold
    assert share.max() <= 1 - threshold


def test_share_is_the_variants_part_of_its_contrast():
    e = np.array([[0.2, 0.6, 0.2], [0.5, 0.25, 0.25], [0.5, 0.5, 0.0]])
    np.testing.assert_allclose(contrast_share(e, 1, 0.01), [0.75, 1 / 3, 0.5], rtol=1e-15)
    # The last row has a share of 0, which is clipped.
    np.testing.assert_allclose(contrast_share(e, 2, 0.01), [0.5, 1 / 3, 0.01], rtol=1e-12)


def test_a_share_is_clipped_not_its_parts():
    e = np.array([[0.001, 0.009, 0.99], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(contrast_share(e, 1, 0.01), [0.9, 0.5], rtol=1e-12)


@given(probabilities(), thresholds)
def test_rows_with_a_share_outside_have_a_propensity_outside(e, threshold):
    shares = np.column_stack([e[:, k] / np.maximum(e[:, 0] + e[:, k], 1e-300) for k in (1, 2)])
    some = e[:, [0]] + e[:, 1:] > 0
    moved = (some & (clipped(shares, threshold) != shares)).any(axis=1)
    assert n_shares_outside(e, threshold) == moved.sum() <= n_outside(e, threshold)


@given(arrays(np.float64, N, elements=st.floats(0.02, 0.98)))
def test_share_of_two_variants_is_the_propensity(e):
    share = contrast_share(np.column_stack([1 - e, e]), 1, 0.01)
    np.testing.assert_allclose(share, e, rtol=1e-12)


@given(arrays(np.float64, N, elements=st.floats(0, 1)), columns, columns)
def test_a_blend_lies_between_its_parts(share, control_effect, treatment_effect):
    found = blend(share, control_effect, treatment_effect)
    low = np.minimum(control_effect, treatment_effect)
    high = np.maximum(control_effect, treatment_effect)
    assert ((found >= low - 1e-9) & (found <= high + 1e-9)).all()


def test_where_treatment_is_common_the_controls_model_counts():
    found = blend(np.array([0.9]), control_effect=np.array([1.0]), treatment_effect=np.array([0.0]))
    np.testing.assert_allclose(found, [0.9], rtol=1e-15)


@given(columns, columns, variants, probabilities(), thresholds)
def test_score_of_perfect_outcomes_is_the_effect_whatever_the_propensities(
    mu_0, effect, w, e, threshold
):
    y = mu_0 + (w == 1) * effect
    y[w == 2] = 7  # other variants' rows count for nothing but their imputed effect
    found = aipw(y, w, 1, mu_0, mu_0 + effect, e, threshold)
    # Rounding of y - mu is divided by the threshold, at least 1e-6.
    np.testing.assert_allclose(found, effect, rtol=1e-6, atol=1e-6)


def test_score_by_hand():
    y, w = np.array([3.0, 5.0, 9.0]), np.array([0, 1, 2])
    e = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.998, 0.001, 0.001]])
    found = aipw(y, w, 1, np.full(3, 2.0), np.full(3, 4.0), e, 0.01)
    np.testing.assert_allclose(found, [2 - 1 / 0.5, 2 + 1 / 0.25, 2], rtol=1e-15)


def test_score_with_right_propensities_averages_to_the_effect_without_outcome_models():
    w = np.repeat([0, 1], [30, 70])
    e, y = np.tile([0.3, 0.7], (100, 1)), np.where(w == 1, 5.0, 2.0)
    found = aipw(y, w, 1, np.zeros(100), np.zeros(100), e, 0.01)
    assert found.mean() == pytest.approx(3, rel=1e-12)


@given(columns, columns, columns, probabilities(), thresholds)
def test_switching_imputes_only_the_rows_without_overlap(score, mu_0, mu_1, e, threshold):
    found = switched(score, 2, mu_0, mu_1, e, threshold, True)
    far = outside(e[:, [0, 2]], threshold)
    np.testing.assert_array_equal(found, np.where(far, mu_1 - mu_0, score))
    np.testing.assert_array_equal(switched(score, 2, mu_0, mu_1, e, threshold, False), score)


@given(arrays(np.float64, (N, 2), elements=finite))
def test_average_is_the_mean_with_the_covariance_of_means(scores):
    estimate, covariance = average(scores)
    np.testing.assert_allclose(estimate, scores.mean(axis=0), **ROUNDING)
    expected = np.cov(scores.T, ddof=0) / N
    # Squares of numbers up to 1,000.
    np.testing.assert_allclose(covariance, expected, rtol=1e-9, atol=1e-6)


def test_standard_error_is_that_of_a_mean_without_correction():
    scores = np.array([[1.0], [2.0], [3.0], [6.0]])
    _, covariance = average(scores)
    found = standard_errors(covariance)
    np.testing.assert_allclose(found, scores.std(axis=0, ddof=0) / 2, rtol=1e-15)


@given(columns, variants, columns, arrays(np.float64, N, elements=st.floats(0.01, 0.99)), finite)
def test_weighted_ratio_is_the_product_of_the_residuals(y, w, outcome, share, effect):
    ratio, weight = residual_ratio(y, w, 1, outcome, share), squared_residual(w, 1, share)
    expected = (y - outcome) * ((w == 1) - share)
    np.testing.assert_allclose(ratio * weight, expected, **ROUNDING)
    # The weighted squares of the ratio are the R-loss: Nie & Wager's eq. 4 is their eq. 6.
    loss_4 = ((y - outcome) - effect * ((w == 1) - share)) ** 2
    np.testing.assert_allclose(weight * (ratio - effect) ** 2, loss_4, rtol=1e-6, atol=1e-6)


@given(columns, columns, arrays(np.float64, N, elements=st.floats(0.01, 0.99)))
def test_control_outcome_undoes_the_mixture_of_each_contrast(mu_0, effect, share):
    outcomes = [mu_0 + share * effect, mu_0 - share * effect]
    found = outcome_without(outcomes, [share, share], [effect, -effect])
    np.testing.assert_allclose(found, mu_0, **ROUNDING)


def test_outcome_of_a_variant_is_the_control_outcome_and_its_effect():
    effects = [np.array([1.0]), np.array([2.0])]
    found = [shifted(np.array([10.0]), effects, variant)[0] for variant in range(3)]
    assert found == [10, 11, 12]


def test_r_loss_by_hand():
    found = r_loss(
        cate_estimates=np.array([1.0, 1.0]),
        outcome_estimates=np.array([0.0, 1.0]),
        propensity_scores=np.array([0.5, 0.5]),
        outcomes=np.array([2.0, 1.5]),
        treatments=np.array([1, 0]),
    )
    # Residuals: 2 - 0.5 = 1.5 and 0.5 + 0.5 = 1.
    assert found == pytest.approx(np.sqrt((1.5**2 + 1) / 2))


@given(columns, variants, columns, columns)
def test_r_loss_of_a_contrast_reads_its_own_rows_only(y, w, outcome, effect):
    w[:2] = [0, 1]
    share, other = np.full(N, 0.4), w == 2
    found = r_loss_of_contrast(y, w, 1, outcome, share, effect)
    changed = r_loss_of_contrast(np.where(other, 1e9, y), w, 1, outcome, share, effect)
    assert found == changed


@given(columns, columns, arrays(np.float64, N, elements=st.floats(0, 1)))
def test_r_loss_is_zero_exactly_where_the_residuals_agree(outcome, effect, share):
    treated = np.array([0, 1] * (N // 2))
    y = outcome + effect * (treated - share)
    # Rounding of numbers up to 2,000.
    assert r_loss(effect, outcome, share, y, treated) < 1e-9


def test_weights_are_one_over_the_propensity_of_what_was_received():
    e, w = np.array([[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]]), np.array([0, 1, 1])
    np.testing.assert_allclose(inverse_weights(e, w, 0.01), [2, 4, 100], rtol=1e-12)


@given(arrays(np.float64, N, elements=st.floats(0.01, 100)), st.floats(0.1, 10))
def test_effective_sample_size_is_at_most_the_rows_and_knows_no_unit(weights, unit):
    found = effective_sample_size(weights)
    assert 1 - 1e-9 <= found <= N + 1e-9
    assert effective_sample_size(weights * unit) == pytest.approx(found)
    assert effective_sample_size(np.ones(N)) == N


def test_clusters_of_one_size_have_the_factor_of_few_groups():
    scores, groups = np.random.default_rng(0).normal(size=(30, 1)), np.arange(30) // 3
    _, covariance = average(scores, groups=groups)
    sums = np.bincount(groups, scores[:, 0] - scores.mean())
    assert covariance == pytest.approx(np.full((1, 1), 10 / 9 * (sums @ sums) / 900))
    assert degrees_of_freedom(group_sizes(groups)) == pytest.approx(9)
