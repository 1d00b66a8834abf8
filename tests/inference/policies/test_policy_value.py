"""What rules of treatment gain, against the formulas row by row."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput, InvalidType, Scores, TLearner, policy_value
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(400, n_variants=3, random_state=0)
RULE = np.digitize(STUDY.X[:, 0], [-0.3, 0.6])
WEIGHTS = np.linspace(0.5, 1.5, 400)
COSTS = np.array([0.2, 0.5])


def scores_of(n_repeats=1, **given):
    return learner_of(n_repeats=n_repeats).fit(STUDY.X, STUDY.y, STUDY.w, **given).scores()


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_gains_are_averages_of_the_scores_of_what_the_rule_gives(weights):
    scores = scores_of(sample_weight=weights)
    net = scores.values[0] - COSTS
    s = np.ones(400) if weights is None else weights
    gain = np.array([0.0 if k == 0 else net[i, k - 1] for i, k in enumerate(RULE)])
    found = policy_value(scores, RULE, COSTS)
    table = found.to_frame()
    assert found.over == (
        "nobody treated", "everybody treated with 1", "everybody treated with 2",
        "as many at random",
    )  # fmt: skip
    columns = {
        "nobody treated": gain,
        "everybody treated with 1": gain - net[:, 0],
        "everybody treated with 2": gain - net[:, 1],
    }
    for over, column in columns.items():
        estimate = np.average(column, weights=s)
        influence = s * (column - estimate) / s.sum()
        assert np.isclose(table.loc[over, "estimate"], estimate)
        assert np.isclose(table.loc[over, "standard_error"], np.sqrt((influence**2).sum()))
    shares = [np.average(k == RULE, weights=s) for k in range(3)]
    np.testing.assert_allclose(found.shares, shares)
    at_random = shares[1:] @ np.average(net, axis=0, weights=s)
    assert np.isclose(
        table.loc["as many at random", "estimate"], np.average(gain, weights=s) - at_random
    )


def test_the_error_of_the_gain_over_random_counts_that_the_shares_are_estimated():
    scores = scores_of()
    rows, step, one = range(0, 400, 50), 1e-5, np.ones(400)

    def gain(weights):
        weighted = Scores(scores.values, scores.variants, weights)
        return policy_value(weighted, RULE, COSTS).estimate[-1]

    slopes = [(gain(one + step * (np.arange(400) == i)) - gain(one)) / step for i in rows]
    net = scores.values[0] - COSTS
    chosen = RULE[:, None] == [1, 2]
    column = ((chosen - chosen.mean(axis=0)) * (net - net.mean(axis=0))).sum(axis=1)
    influence = column - column.mean()
    np.testing.assert_allclose(np.array(slopes) * 400, influence[list(rows)], atol=1e-3)
    found = policy_value(scores, RULE, COSTS)
    assert np.isclose(found.standard_error[-1], np.sqrt((influence**2).sum()) / 400)


def test_rules_that_treat_all_or_none_gain_nothing_over_themselves():
    scores = scores_of()
    nobody = policy_value(scores, np.zeros(400, int)).to_frame()
    assert nobody.loc["nobody treated", "estimate"] == 0
    everybody = policy_value(scores, np.full(400, 2)).to_frame()
    assert everybody.loc["everybody treated with 2", "estimate"] == 0
    assert np.isclose(everybody.loc["as many at random", "estimate"], 0)
    expected = scores.average_effect().estimate[1]
    assert np.isclose(everybody.loc["nobody treated", "estimate"], expected)


def test_labels_truth_values_and_costs_by_row():
    arms = np.array(["none", "low", "high"])
    learner = learner_of(control="none").fit(STUDY.X, STUDY.y, arms[STUDY.w])
    order = list(learner.variants_)
    by_label = policy_value(learner, pd.Series(arms[RULE]), np.tile(COSTS, (400, 1)))
    by_column = policy_value(learner, pd.Series(arms[RULE]), COSTS)
    np.testing.assert_allclose(by_label.estimate, by_column.estimate)
    assert by_label.shares.index.tolist() == order
    two = make_study(300, random_state=0)
    fit = learner_of().fit(two.X, two.y, two.w)
    rule = two.X[:, 0] > 0
    np.testing.assert_array_equal(
        policy_value(fit, rule).estimate, policy_value(fit, rule.astype(int)).estimate
    )
    assert "at random" in repr(policy_value(fit, rule))
    assert "<table" in policy_value(fit, rule)._repr_html_()


def scores_with(*variants):
    values = np.random.default_rng(0).normal(size=(1, 60, len(variants) - 1))
    return Scores(values, variants)


@pytest.mark.parametrize("variants", [("a", "b"), (0, 1), (1, 0), (1.0, 0.0), (False, True)])
def test_true_is_the_treatment_of_two_variants_whatever_their_labels(variants):
    scores, treated = scores_with(*variants), np.arange(60) % 3 > 0
    found = policy_value(scores, treated)
    assert np.isclose(found.estimate[0], (scores.values[0, :, 0] * treated).mean())
    assert np.isclose(found.shares.to_numpy()[1], 2 / 3)


@pytest.mark.parametrize("as_policy", [np.asarray, pd.Series, lambda rule: rule.astype(object)])
@pytest.mark.parametrize("variants", [(0, 1, 2), (2, 0, 1), ("a", "b", "c")])
def test_truth_values_do_not_choose_between_treatments(variants, as_policy):
    rule = as_policy(np.arange(60) % 3 > 0)
    with pytest.raises(
        InvalidInput, match="truth values, which do not say which of the 3 variants"
    ):
        policy_value(scores_with(*variants), rule)


def test_truth_values_that_may_be_labels_or_not_are_refused():
    scores, rule = scores_with(True, False), np.arange(60) % 3 > 0
    with pytest.raises(InvalidInput, match="True is the label of control"):
        policy_value(scores, rule)
    by_label = policy_value(scores, rule.astype(int))
    assert np.isclose(by_label.shares[True], 2 / 3)


def test_repeats_are_combined():
    scores = scores_of(n_repeats=3)
    each = [
        policy_value(Scores(values[None], scores.variants), RULE).estimate
        for values in scores.values
    ]
    np.testing.assert_allclose(policy_value(scores, RULE).estimate, np.median(each, axis=0))


@pytest.mark.parametrize(
    ("policy", "costs", "said"),
    [
        (RULE[:5], None, "'policy' has 5 entries, but there are scores of 400 rows"),
        (RULE + 1, None, "'policy' has the values"),
        (RULE, [1.0, 2.0, 3.0], "'costs' must be a number"),
        (RULE, np.nan, "'costs' must be a number"),
        (np.where(RULE == 1, np.nan, RULE), None, "'policy' has"),
    ],
)
def test_bad_arguments_are_told(policy, costs, said):
    with pytest.raises(InvalidInput) as error:
        policy_value(scores_of(), policy, costs)
    assert said in str(error.value)


def test_what_has_no_scores_is_told():
    with pytest.raises(InvalidType, match="'learner' must be a fitted learner"):
        policy_value(STUDY, RULE)
    with pytest.raises(InvalidInput, match="has no propensity model"):
        policy_value(learner_of(TLearner).fit(STUDY.X, STUDY.y, STUDY.w), RULE)
