"""A learner of another package and the one of ours that comes nearest to its work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.five_learners import learner_of


@dataclass(frozen=True, slots=True)
class Match:
    """``theirs(family, study, threads)`` and ``ours(family, study)`` estimate the same.

    ``differs`` says in which fits the two are not alike.
    """

    theirs: Callable[..., Any]
    ours: Callable[..., Any]
    differs: str


def ours_on_new_rows(name, n_folds):
    """Ours with these folds, whose overall models predict the training rows as if they were new."""

    def effects(family, study):
        X, y, w = study
        learner = learner_of(name, family, n_folds=n_folds)
        same_folds = not isinstance(n_folds, dict)
        fitted = learner.fit(X, y, w, synchronize_cross_fitting=same_folds, answers="new rows")
        return fitted.predict(X, is_oos=True)[:, 0, 0]

    return effects
