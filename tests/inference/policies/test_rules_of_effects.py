"""Rules made of judged effects, of functions and of columns, against rules by hand."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput, JudgedEffects, policy_value
from tests.inference.judged_studies import judged_of

JUDGED = judged_of(n_variants=3)
ONE_PART = judged_of(n_variants=3, n_folds=1)
COSTS = np.array([0.1, 0.4])


def by_hand(judged, rule):
    """The gain over treating nobody: a mean of the parts' means."""
    gains = []
    for part in judged.parts()[0]:
        net = np.column_stack([np.zeros(len(part.rows)), part.scores - COSTS])
        gains.append(net[np.arange(len(net)), rule(part)].mean())
    return np.mean(gains)


def best_of(part):
    worth = part.effects - COSTS
    return worth.argmax(axis=1) + 1, worth.max(axis=1)


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_a_threshold_gives_the_best_treatment_above_it(threshold):
    found = policy_value(JUDGED, costs=COSTS, threshold=threshold)

    def rule(part):
        best, worth = best_of(part)
        return np.where(worth > threshold, best, 0)

    assert np.isclose(found.estimate[0], by_hand(JUDGED, rule))


def test_a_top_share_is_of_each_part():
    found = policy_value(JUDGED, costs=COSTS, top_share=0.2)

    def rule(part):
        best, worth = best_of(part)
        rank = np.argsort(np.argsort(-worth))
        return np.where(rank < 0.2 * len(worth), best, 0)

    assert np.isclose(found.estimate[0], by_hand(JUDGED, rule))
    assert np.isclose(found.shares[0], 0.8)
    everybody = policy_value(JUDGED, top_share=1.0)
    assert np.isclose(everybody.shares[0], 0)
    assert np.isclose(policy_value(JUDGED, top_share=0.0).estimate[0], 0)


def test_a_function_and_a_column_are_rules():
    X = pd.DataFrame({"rule": np.arange(600) % 3, "other": 0})
    plain = policy_value(ONE_PART.scores, np.arange(600) % 3)
    for rule in ("rule", lambda X: X["rule"]):
        found = policy_value(ONE_PART.scores, rule, X=X)
        np.testing.assert_array_equal(found.estimate, plain.estimate)


def test_a_fixed_rule_of_judged_effects_is_valued_on_the_rows_that_are_judged():
    rule = np.arange(600) % 3
    found = policy_value(ONE_PART, rule, COSTS)
    (part,) = ONE_PART.parts()[0]
    assert np.isclose(found.estimate[0], by_hand(ONE_PART, lambda part: rule[part.rows]))
    assert len(part.rows) == 300


def test_everything_about_a_rule_is_told_once():
    with pytest.raises(InvalidInput, match="none"):
        policy_value(JUDGED)
    with pytest.raises(InvalidInput, match="'policy', 'threshold'"):
        policy_value(JUDGED, np.zeros(600), threshold=0)
    with pytest.raises(InvalidInput, match="judged_effects"):
        policy_value(JUDGED.scores, threshold=0)
    with pytest.raises(InvalidInput, match="pass 'X' too"):
        policy_value(JUDGED, "rule")
    with pytest.raises(InvalidInput, match="does not have"):
        policy_value(JUDGED, "rule", X=pd.DataFrame({"other": np.zeros(600)}))


@pytest.mark.parametrize("how", [{"threshold": "0"}, {"top_share": 1.5}, {"top_share": True}])
def test_numbers_that_cannot_be_are_refused(how):
    with pytest.raises(InvalidInput, match=next(iter(how))):
        policy_value(JUDGED, **how)


def test_rows_that_are_not_judged_need_no_effect():
    assert np.isnan(JUDGED.effects).any()
    assert isinstance(JUDGED, JudgedEffects)
    assert np.isfinite(policy_value(JUDGED, threshold=0).standard_error).all()
