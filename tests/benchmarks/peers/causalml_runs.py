"""The learners of causalml that have a like among ours, for two variants.

Propensities are given to its X- and DR-learner, from one fit on all rows: left to themselves these
fit a regularised logistic regression of their own.
"""

from causalml.inference.meta import (
    BaseDRRegressor,
    BaseRRegressor,
    BaseTRegressor,
    BaseXRegressor,
)

from tests.benchmarks.five_learners import N_FOLDS
from tests.benchmarks.peers.match import Match, ours_on_new_rows

DR_FOLDS = 3
"""The folds of its DR-learner, which cannot be chosen."""


def t_learner(family, study, threads):
    return _effects(BaseTRegressor(_regressor(family, threads), control_name=0), study)


def x_learner(family, study, threads):
    learner = BaseXRegressor(_regressor(family, threads), control_name=0)
    return _effects(learner, study, p=_propensity(family, study, threads))


def r_learner(family, study, threads):
    learner = BaseRRegressor(
        _regressor(family, threads),
        propensity_learner=family.classifier(**family.classification(threads)),
        control_name=0,
        n_fold=N_FOLDS,
        random_state=0,
    )
    return _effects(learner, study, verbose=False)


def dr_learner(family, study, threads):
    learner = BaseDRRegressor(_regressor(family, threads), control_name=0)
    return _effects(learner, study, p=_propensity(family, study, threads))


def _effects(learner, study, **given):
    X, y, w = study
    shown = {name: value for name, value in given.items() if name == "p"}
    learner.fit(X, w, y, **given)
    return learner.predict(X, **shown).reshape(-1)


def _propensity(family, study, threads):
    X, _, w = study
    model = family.classifier(**family.classification(threads))
    return model.fit(X, w).predict_proba(X)[:, 1]


def _regressor(family, threads):
    return family.regressor(**family.regression(threads))


MATCHES = {
    "T": Match(t_learner, ours_on_new_rows("T", 1), "nothing: no folds, two fits"),
    "X": Match(x_learner, ours_on_new_rows("X", 1), "nothing: no folds, five fits"),
    "R": Match(
        r_learner,
        ours_on_new_rows(
            "R", {"propensity_model": N_FOLDS, "outcome_model": N_FOLDS, "treatment_model": 1}
        ),
        "theirs fits propensities once, on the rows that it predicts; its folds take all cores "
        "whatever is set",
    ),
    "DR": Match(
        dr_learner,
        ours_on_new_rows("DR", DR_FOLDS),
        "theirs fits propensities once, on the rows that it predicts, and no overall models; its "
        "three folds change roles",
    ),
}
