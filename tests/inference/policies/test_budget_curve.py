"""Gains by budget of judged effects, against the programme on each part."""

import numpy as np
import pytest

from causal_dask import InvalidInput, JudgedEffects, Scores, budget_curve, rank_curve
from causal_dask.formulas.targeting.budgets import best_path, gains_by_budget
from tests.inference.judged_studies import judged_of

JUDGED = judged_of(n_variants=3)
COSTS = np.array([1.0, 2.5])


def test_gains_are_those_of_the_best_spending_in_each_part():
    at = np.array([0.1, 0.5, 2.0])
    table = budget_curve(JUDGED, COSTS, at, n_draws=50).to_frame()
    gains, shares = [], []
    for part in JUDGED.parts()[0]:
        path = best_path(part.effects, np.tile(COSTS, (len(part.rows), 1)))
        gain, share = gains_by_budget(path, part.scores, at, np.ones(len(part.rows)))
        gains.append(gain)
        shares.append(share)
    over_nobody = table.xs("nobody treated", level="over")
    np.testing.assert_allclose(over_nobody["estimate"], np.mean(gains, axis=0))
    np.testing.assert_allclose(over_nobody["share_treated"], np.mean(shares, axis=0))


def test_untargeted_spending_treats_rows_at_random():
    judged = judged_of(n_folds=1)
    shifted = JudgedEffects(judged.effects + 1, judged.scores, judged.folds)
    table = budget_curve(shifted, 1.0, [0.4], n_draws=50).to_frame()["estimate"]
    (part,) = shifted.parts()[0]
    at_random = table[0.4, "nobody treated"] - table[0.4, "untargeted spending"]
    assert np.isclose(at_random, 0.4 * part.scores.mean())


def test_with_one_treatment_of_one_cost_it_is_the_uplift_curve():
    judged = judged_of(n_folds=1)
    above = JudgedEffects(judged.effects + 10, judged.scores, judged.folds)
    at = [0.2, 0.6, 1.0]
    budgets = budget_curve(above, 1.0, at, n_draws=200).to_frame().xs("nobody treated", level=1)
    shares = rank_curve(above, "uplift", at, n_draws=200).to_frame()
    np.testing.assert_allclose(budgets["estimate"], shares["estimate"])
    np.testing.assert_allclose(budgets["standard_error"], shares["standard_error"])


def test_budgets_go_up_to_what_would_be_spent():
    found = budget_curve(JUDGED, COSTS, n_draws=50)
    assert len(found.budgets) == 20
    most = max(
        path.cost.sum() / len(part.rows)
        for part in JUDGED.parts()[0]
        for path in [best_path(part.effects, np.tile(COSTS, (len(part.rows), 1)))]
    )
    assert np.isclose(found.budgets[-1], most)


@pytest.mark.parametrize("budgets", ["a lot", ["a lot"], {"drug": 1}, 0.5, [], [float("nan")]])
def test_budgets_that_are_no_list_of_numbers_are_refused(budgets):
    with pytest.raises(InvalidInput, match="'budgets' must be a list of numbers of 0 or more"):
        budget_curve(JUDGED, COSTS, budgets)


def test_what_cannot_be_is_refused():
    with pytest.raises(InvalidInput, match="0 or more"):
        budget_curve(JUDGED, -1.0)
    with pytest.raises(InvalidInput, match="budgets"):
        budget_curve(JUDGED, COSTS, [-1.0])
    harmful = JudgedEffects(np.full(60, -1.0), Scores(np.zeros((1, 60, 1)), (0, 1)))
    with pytest.raises(InvalidInput, match="above 0"):
        budget_curve(harmful, 1.0)
    assert budget_curve(harmful, 1.0, [0.5], n_draws=50).estimate[0] == 0


def test_a_budget_of_nothing_leaves_the_band_of_the_others():
    rng = np.random.default_rng(0)
    scores = Scores(rng.normal(size=(1, 99, 1)), (0, 1))
    curve = budget_curve(JudgedEffects(rng.normal(size=99), scores), 1.0, budgets=[0, 0.3])
    table = curve.to_frame(simultaneous=True)
    assert np.isfinite(table[["lower", "upper"]]).all(axis=None)
    assert (table.xs(0.0)[["lower", "upper"]] == 0).all(axis=None)
