"""A T-learner as one would write it down: loops over variants and folds, nothing around them."""

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold


def plain_t_learner(model, study, n_folds):
    """The cross-fitted effects of the training rows of two variants; overall models as well."""
    X, _, w = study
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=0).split(X, w)
    return effects_on(model, study, list(folds))


def effects_on(model, study, folds):
    """The same on folds that are given."""
    X, y, w = study
    outcomes = np.empty((len(X), 2))
    for variant in range(2):
        own = w == variant
        for train, held in folds:
            rows = train[own[train]]
            outcomes[held, variant] = clone(model).fit(X[rows], y[rows]).predict(X[held])
        clone(model).fit(X[own], y[own])
    return outcomes[:, 1] - outcomes[:, 0]
