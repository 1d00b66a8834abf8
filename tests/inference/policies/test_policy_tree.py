"""Rules as trees: the best by exhaustive search, what they say and what they refuse."""

import dask
import numpy as np
import pandas as pd
import pytest

from causal_dask import InvalidInput, Scores, TLearner, policy_tree, policy_value
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

RNG = np.random.default_rng(0)


def best_of_depth(X, rewards, depth):
    best = rewards.sum(axis=0).max()
    for column in range(X.shape[1]) if depth else ():
        for value in np.unique(X[:, column])[:-1]:
            left = X[:, column] <= value
            sides = [best_of_depth(X[r], rewards[r], depth - 1) for r in (left, ~left)]
            best = max(best, sum(sides))
    return best


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_tree_is_the_best_of_its_depth(depth, weighted):
    X, values = np.round(RNG.normal(size=(25, 2)), 1), RNG.normal(size=(25, 2))
    weights = RNG.uniform(0.5, 2, 25) if weighted else None
    scores = Scores(values[None], ("none", "low", "high"), weights)
    tree = policy_tree(scores, X, depth, costs=[0.1, 0.2])
    w = np.ones(25) if weights is None else weights / weights.mean()
    rewards = np.column_stack([np.zeros(25), values - [0.1, 0.2]]) * w[:, None]
    assert np.isclose(tree.reward * 25, best_of_depth(X, rewards, depth))
    given = pd.Series(tree.predict(X)).map({"none": 0, "low": 1, "high": 2}).to_numpy()
    assert np.isclose(rewards[np.arange(25), given].mean(), tree.reward)


def test_a_deeper_tree_is_at_least_as_good_as_the_best_of_depth_two():
    X, values = RNG.normal(size=(60, 3)), RNG.normal(size=(1, 60, 2))
    two, four = (policy_tree(Scores(values, (0, 1, 2)), X, depth).reward for depth in (2, 4))
    assert four >= two


def test_it_finds_a_rule_that_greed_does_not():
    """An exclusive or: no first condition gains anything by itself."""
    X = RNG.uniform(-1, 1, size=(400, 2))
    effect = np.where((X[:, 0] > 0) == (X[:, 1] > 0), 1.0, -1.0)
    tree = policy_tree(Scores(effect[None, :, None], (0, 1)), X)
    assert np.isclose(tree.reward, 0.5 * (1 + effect.mean()), atol=0.03)
    assert (tree.predict(X) == (effect > 0)).mean() > 0.97


def test_words_become_conditions():
    X = pd.DataFrame({"town": np.array(["Rome", "Oslo", "Bonn"])[np.arange(90) % 3], "age": 1.0})
    values = np.where(X["town"] == "Rome", 1.0, -1.0)
    tree = policy_tree(Scores(values[None, :, None], ("none", "some")), X, depth=1)
    assert tree.to_text().splitlines() == [
        "if town_Rome <= 0.5:", "    give none", "else:", "    give some",
    ]  # fmt: skip
    others = pd.DataFrame({"age": [1.0, 2.0], "town": ["Rome", "Lima"]})
    assert tree.predict(others).tolist() == ["some", "none"]
    with pytest.raises(InvalidInput, match="town_Rome"):
        tree.predict(others[["age"]])


def test_a_condition_that_decides_nothing_is_left_out():
    X, values = RNG.normal(size=(50, 2)), np.ones((1, 50, 1))
    tree = policy_tree(Scores(values, ("none", "some")), X)
    assert str(tree) == "give some"
    assert "<pre>give some</pre>" in tree._repr_html_()
    constant = policy_tree(Scores(values, ("none", "some")), np.zeros((50, 2)))
    assert str(constant) == "give some"


def test_the_scheduler_changes_nothing():
    X, values = RNG.normal(size=(200, 4)), RNG.normal(size=(1, 200, 2))
    texts = []
    for scheduler in ("synchronous", "threads"):
        with dask.config.set(scheduler=scheduler):
            texts.append(str(policy_tree(Scores(values, (0, 1, 2)), X)))
    assert texts[0] == texts[1]


def test_a_rule_is_valued_on_other_rows():
    study, other = make_study(600, random_state=0), make_study(600, random_state=1)
    learner = learner_of().fit(study.X, study.y, study.w)
    tree = policy_tree(learner, study.X, costs=1.0)
    scores = learner.scores(other.X, other.y, other.w)
    value = policy_value(scores, tree.predict(other.X), costs=1.0)
    assert 0 < value.estimate[0] < tree.reward + 3 * value.standard_error[0]


def test_what_cannot_be_is_refused():
    scores = Scores(RNG.normal(size=(1, 20, 1)), (0, 1))
    X = RNG.normal(size=(20, 2))
    with pytest.raises(InvalidInput, match="depth"):
        policy_tree(scores, X, depth=-1)
    with pytest.raises(InvalidInput, match="missing values in"):
        policy_tree(scores, np.where(X > 1, np.nan, X))
    with pytest.raises(InvalidInput, match="19 rows"):
        policy_tree(scores, X[:19])
    study = make_study(100, random_state=0)
    t = TLearner(nuisance_model_factory=learner_of().nuisance_model_factory, n_folds=2)
    with pytest.raises(InvalidInput, match="no propensity model"):
        policy_tree(t.fit(study.X, study.y, study.w), study.X)
    tree = policy_tree(scores, X)
    with pytest.raises(InvalidInput, match="missing values"):
        tree.predict(np.full((3, 2), np.nan))


def test_a_word_that_is_missing_is_not_taken_for_another():
    X = pd.DataFrame({"town": np.array(["Rome", "Oslo"])[np.arange(60) % 2]})
    values = np.where(X["town"] == "Rome", 1.0, -1.0)
    tree = policy_tree(Scores(values[None, :, None], ("none", "some")), X, depth=1)
    with pytest.raises(InvalidInput, match="missing values"):
        tree.predict(pd.DataFrame({"town": ["Rome", None]}))
