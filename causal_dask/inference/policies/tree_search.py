"""Learn a rule of treatment as the decision tree that gains most."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from causal_dask.compile.assemble import Start
from causal_dask.compile.expansions.further import further_plan, run_now
from causal_dask.errors import ShortTraceback
from causal_dask.fitted.answer_checks import whole_number
from causal_dask.fitted.scores import Scores
from causal_dask.formulas.targeting.policy_search import best_split, between, roots_of_depth_two
from causal_dask.graph.node import data, node
from causal_dask.inference.covariate_columns import complete_columns
from causal_dask.inference.net_scores import cost_of_rows
from causal_dask.inference.of_learner import ate_scores
from causal_dask.inference.policies.policy_tree import Branch, PolicyTree, given_by
from causal_dask.tasks.rows import Array

EXACT = 2
"""The greatest depth at which the best tree is found."""


@ShortTraceback()
def policy_tree(learner: Any, X: Any, depth: int = 2, costs: Any = None) -> PolicyTree:
    """Learn the rule of treatment that gains most among decision trees of this depth.

    The best tree of depth 1 or 2 is found exactly. For a deeper one, each split is that of the best
    tree of depth 2 from there, so that only the last two levels are the best there are. Ask
    ``policy_value`` what the rule gains, on rows that it was not learned from.

    Parameters
    ----------
    learner : fitted learner, or Scores
        One that has scores, such as a DR- or X-learner; its ``scores()``, or those of new data.
    X : DataFrame or array of shape (n_rows, n_covariates)
        What the rule may depend on, in the order of the rows of the scores; need not be the columns
        that the models saw. Words and categories become a 0/1 column each.
    depth : int, default 2
        The most conditions on the way to a leaf; 0 gives everybody the same. The search for depth
        2 runs as one task per column, on whatever scheduler Dask would use.
    costs : float, or array of shape (n_variants - 1,) or (n_rows, n_variants - 1), optional
        What each treatment costs more than control, in units of the outcome; in the order of the
        treatments, or by their labels: as a dict, Series or frame.

    Returns
    -------
    PolicyTree

    Raises
    ------
    InvalidInput
        If the learner has no scores, or rows or values are missing.

    References
    ----------
    Athey & Wager (2021), "Policy learning with observational data", Econometrica 89(1). Zhou, Athey
    & Wager (2023), "Offline multi-action policy learning", Operations Research 71(1).

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, policy_tree
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2_000, n_features=3, effect="linear", random_state=0)
    >>> X = pd.DataFrame(study.X, columns=["age", "weight", "dose"])
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(X, study.y, study.w)
    >>> tree = policy_tree(learner, X, depth=1, costs=1.0)
    >>> print(tree)  # doctest: +ELLIPSIS
    if age <= 0.4...:
        give 0
    else:
        give 1
    """
    scores = ate_scores(learner)
    depth = whole_number(depth, "depth", 0)
    names, values = complete_columns(X, "X", scores, drop_first=False)
    rewards = _rewards(scores, costs)
    root = _grown(values, rewards, depth)
    reward = float(rewards[np.arange(len(rewards)), given_by(root, values)].mean())
    return PolicyTree(root, names, scores.variants, reward)


def _rewards(scores: Scores, costs: Any) -> Array:
    """What each variant is worth in each row, less costs; weights are 1 on average."""
    net = np.asarray(scores.values).mean(axis=0) - cost_of_rows(costs, scores)
    weights = np.ones(len(net)) if scores.weights is None else scores.weights
    return np.column_stack([np.zeros(len(net)), net]) * (weights / weights.mean())[:, None]


def _grown(X: Array, rewards: Array, depth: int) -> Branch:
    """The tree of some rows."""
    leaf = Branch(variant=int(rewards.sum(axis=0).argmax()))
    if depth == 0 or len(X) < 2:
        return leaf
    column, value = _root(X, rewards) if depth >= EXACT else best_split(X, rewards)[1:3]
    if column < 0:
        return leaf
    left = X[:, column] <= value
    sides = [_grown(X[rows], rewards[rows], depth - 1) for rows in (left, ~left)]
    if sides[0] == sides[1]:  # the condition decides nothing
        return sides[0]
    return Branch(column, value, 0, *sides)


def _root(X: Array, rewards: Array) -> tuple[int, float]:
    """The root of the best tree of depth 2; its column is -1 if there is nothing to part."""
    columns = [k for k in range(X.shape[1]) if X[:, k].min() < X[:, k].max()]
    if not columns:
        return -1, 0.0
    reads = {"X": data(X, "X"), "rewards": data(rewards, "rewards")}
    asked = [node(roots_of_depth_two, reads, column=column) for column in columns]
    found = run_now(further_plan([], asked, partial(_in_order, asked), Start()))
    best = max(range(len(columns)), key=lambda place: float(found[place].max()))
    x, at = np.sort(X[:, columns[best]]), int(found[best].argmax())
    return columns[best], between(x[at], x[at + 1])


def _in_order(asked: list[Any], found: Any) -> list[Array]:
    return [found[each.key] for each in asked]
