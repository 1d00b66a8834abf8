"""Effects of groups by predicted effect, against means of the groups' scores."""

import warnings

import numpy as np
import pandas as pd
import pytest

from causal_dask import CausalDaskWarning, InvalidInput, InvalidType, JudgedEffects, Scores, gates
from tests.inference.judged_studies import judged_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what DoubleML imports is its own business
    import doubleml


def test_groups_are_quantiles_within_each_part():
    judged = judged_of()
    found = gates(judged, n_groups=3)
    each = []
    for part in judged.parts()[0]:
        order = np.argsort(part.effects[:, 0])
        each.append([
            (part.scores[rows, 0].mean(), part.effects[rows, 0].mean())
            for rows in np.split(order, 3)
        ])  # fmt: skip
    table = found.to_frame()
    np.testing.assert_allclose(table[["estimate", "predicted"]], np.mean(each, axis=0))


def test_errors_are_those_of_the_groups_means():
    rng = np.random.default_rng(0)
    effects, values = rng.normal(size=300), rng.normal(size=300)
    found = gates(JudgedEffects(effects, Scores(values[None, :, None], (0, 1))), n_groups=3)
    groups = np.split(np.argsort(effects), 3)
    naive = np.array([values[rows].std(ddof=1) / 10 for rows in groups])
    # a little larger, since the bounds of the groups are estimated
    assert (found.standard_error > naive).all()
    np.testing.assert_allclose(found.standard_error, naive, rtol=0.05)


@pytest.mark.parity("DoubleML", "group average effects")
def test_the_estimates_are_those_of_doubleml():
    rng = np.random.default_rng(0)
    effects, values = rng.normal(size=400), rng.normal(size=400)
    found = gates(JudgedEffects(effects, Scores(values[None, :, None], (0, 1))), n_groups=4)
    basis = np.digitize(effects, np.quantile(effects, [0.25, 0.5, 0.75]))
    dummies = {f"Group_{k}": basis == k for k in range(4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = doubleml.DoubleMLBLP(values, pd.DataFrame(dummies), is_gate=True).fit()
        model = np.ravel(theirs.blp_model)[0]
    np.testing.assert_allclose(found.estimate, model.params, atol=1e-8)
    # theirs are HC0 and take the groups as given
    ratio = found.standard_error / model.bse
    assert ((ratio > 1) & (ratio < 1.05)).all()


def test_the_difference_of_the_outermost_groups():
    found = gates(judged_of(n_variants=3), n_groups=4)
    table, spread = found.to_frame()["estimate"], found.covariance
    difference = found.most_less_least()
    for k, variant in enumerate((1, 2)):
        assert np.isclose(difference.estimate[k], table[4, variant] - table[1, variant])
        last, first = 6 + k, k
        variance = spread[last, last] + spread[first, first] - 2 * spread[last, first]
        assert np.isclose(difference.standard_error[k] ** 2, variance)
    tests = found.heterogeneity()
    assert tests.index.tolist() == [1, 2, "all"]
    assert tests["df"].tolist() == [3, 3, 6]
    assert (tests["p_value"] < 0.001).all()


def test_where_all_are_predicted_alike_all_groups_are():
    values = np.random.default_rng(0).normal(size=200)
    found = gates(JudgedEffects(np.zeros(200), Scores(values[None, :, None], (0, 1))), n_groups=4)
    np.testing.assert_allclose(found.estimate, values.mean())
    assert abs(found.most_less_least().estimate[0]) < 1e-12


def test_weights_and_groups_count():
    plain, weighted, grouped = (
        gates(judged_of(**how)) for how in ({}, {"weighted": True}, {"grouped": True})
    )
    assert not np.allclose(plain.estimate, weighted.estimate)
    np.testing.assert_allclose(plain.estimate, grouped.estimate)
    assert grouped.df is not None


def test_small_groups_are_told():
    with pytest.warns(CausalDaskWarning, match="450 rows in 10 groups"):
        gates(judged_of(), n_groups=10)


@pytest.mark.parametrize("n_groups", [1, 2.5, True, "five"])
def test_a_number_of_groups_that_cannot_be_is_refused(n_groups):
    with pytest.raises(InvalidInput, match="n_groups"):
        gates(judged_of(), n_groups)


def test_a_learner_is_told_how_it_can_be_judged():
    with pytest.raises(InvalidType, match=r"learner.judged_effects\(X\)"):
        gates(object())
