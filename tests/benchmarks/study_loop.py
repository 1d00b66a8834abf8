"""A loop as one would write it for four learners with linear models, sharing their nuisances."""

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from causal_dask.datasets import make_study

N_ROWS, N_FOLDS = 1_000, 5


def errors_of(seed):
    """The root mean squared errors of T, X, R and DR on the rows of one draw."""
    with threadpool_limits(1):
        data = make_study(N_ROWS, random_state=seed)
        X, y, w = data.X, data.y, data.w
        splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
        splits = [*splitter.split(X, w), (np.arange(N_ROWS), None)]  # the last one sees all rows
        mu, e, m = _nuisances(X, y, w, splits)
        found = _effects(X, w, splits, _targets(y, w, mu, e, m), e)
        found["T"] = mu[:, 1] - mu[:, 0]
        truth = data.effects[:, 0]
        return {name: float(np.sqrt(np.mean((each - truth) ** 2))) for name, each in found.items()}


def _nuisances(X, y, w, splits):
    mu, e, m = np.zeros((len(y), 2)), np.zeros(len(y)), np.zeros(len(y))
    for train, test in splits:
        arms = [train[w[train] == k] for k in (0, 1)]
        outcomes = [LinearRegression().fit(X[rows], y[rows]) for rows in arms]
        propensity = LogisticRegression().fit(X[train], w[train])
        mean = LinearRegression().fit(X[train], y[train])
        if test is not None:
            mu[test] = np.column_stack([model.predict(X[test]) for model in outcomes])
            e[test], m[test] = propensity.predict_proba(X[test])[:, 1], mean.predict(X[test])
    return mu, e, m


def _targets(y, w, mu, e, m):
    score = mu[:, 1] - mu[:, 0] + w / e * (y - mu[:, 1]) - (1 - w) / (1 - e) * (y - mu[:, 0])
    return {"d1": y - mu[:, 0], "d0": mu[:, 1] - y, "R": (y - m) / (w - e), "DR": score,
            "weight": (w - e) ** 2}  # fmt: skip


def _effects(X, w, splits, targets, e):
    found = {name: np.zeros(len(w)) for name in ("X", "R", "DR")}
    for train, test in splits:
        treated, control = train[w[train] == 1], train[w[train] == 0]
        one = LinearRegression().fit(X[treated], targets["d1"][treated])
        zero = LinearRegression().fit(X[control], targets["d0"][control])
        r = LinearRegression().fit(X[train], targets["R"][train], targets["weight"][train])
        dr = LinearRegression().fit(X[train], targets["DR"][train])
        if test is not None:
            share = e[test]
            found["X"][test] = share * zero.predict(X[test]) + (1 - share) * one.predict(X[test])
            found["R"][test], found["DR"][test] = r.predict(X[test]), dr.predict(X[test])
    return found
