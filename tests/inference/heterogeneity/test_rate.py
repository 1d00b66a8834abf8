"""Rank-weighted effects of parts, and differences of two rankings."""

import numpy as np
import pytest

from causal_dask import InvalidInput, JudgedEffects, Scores, compare_rankings, rate
from causal_dask.formulas.targeting.rankings import rank_weighted
from tests.inference.judged_studies import judged_of


@pytest.mark.parametrize("target", ["AUTOC", "QINI"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_statistic_is_the_sum_of_the_parts(target, weighted):
    judged = judged_of(weighted=weighted)
    found = rate(judged, target)
    t, errors = [], []
    for part in judged.parts()[0]:
        estimate, moved = rank_weighted(part.scores[:, 0], part.effects[:, 0], target, part.weights)
        errors.append(np.sqrt((moved**2).sum()))
        t.append(estimate / errors[-1])
    z = found.estimate[0] / found.standard_error[0]
    assert np.isclose(z, np.sum(t) / np.sqrt(3))
    assert np.isclose(found.standard_error[0], np.sqrt(3) / np.sum(1 / np.array(errors)))


def test_groups_are_summed_before_they_are_squared():
    judged = judged_of(n_folds=1, grouped=True)
    found = rate(judged)
    (part,) = judged.parts()[0]
    _, moved = rank_weighted(part.scores[:, 0], part.effects[:, 0], "AUTOC")
    groups = np.unique(part.groups, return_inverse=True)[1]
    sums = np.bincount(groups, moved)
    expected = np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum())
    assert np.isclose(found.standard_error[0], expected)


def test_a_reversed_ranking_is_worth_less_than_nothing():
    judged = judged_of(n_folds=1)
    reversed_ = JudgedEffects(-judged.effects, judged.scores, judged.folds)
    assert rate(judged).estimate[0] > 0 > rate(reversed_).estimate[0]
    # ranks from the other end: QINI changes its sign only, but for one row
    there, back = rate(judged, "QINI").estimate[0], rate(reversed_, "QINI").estimate[0]
    assert np.isclose(there, -back, atol=1e-2)


def test_a_difference_has_the_error_of_paired_rows():
    judged = judged_of(n_folds=1)
    rng = np.random.default_rng(5)
    other = JudgedEffects(
        judged.effects + 0.1 * rng.normal(size=judged.effects.shape), judged.scores, judged.folds
    )
    found = compare_rankings(judged, other)
    one, two = rate(judged), rate(other)
    assert np.isclose(found.estimate[0], one.estimate[0] - two.estimate[0])
    apart = np.hypot(one.standard_error[0], two.standard_error[0])
    assert found.standard_error[0] < apart / 3
    assert np.isnan(compare_rankings(judged, judged).p_value[0])


def test_rankings_of_other_rows_are_not_compared():
    with pytest.raises(InvalidInput, match="same folds"):
        compare_rankings(judged_of(), judged_of(n_folds=2))
    with pytest.raises(InvalidInput, match="same scores"):
        compare_rankings(judged_of(), judged_of(seed=1))


def test_an_unknown_target_is_refused():
    with pytest.raises(InvalidInput, match="AUTOC"):
        rate(judged_of(), "QUNI")


def test_any_ranking_can_be_judged():
    rng = np.random.default_rng(0)
    scores = Scores(rng.normal(size=(1, 50, 1)), (0, 1))
    found = rate(JudgedEffects(rng.integers(0, 3, 50), scores))
    assert found.index.tolist() == [1]
    assert np.isfinite(found.p_value).all()
