"""The learners of dml-rs (Rust) beside ours, for two variants, with its own base models.

It takes scikit-learn's models too, but then it is they who take the time. Its least squares, lasso
and forests are compared with scikit-learn's, which ours are fitted with.
"""

import dml_rs
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from tests.benchmarks.five_learners import N_FOLDS
from tests.benchmarks.peers.match import Match, ours_on_new_rows

CLIP = 0.01


def least_squares(_):
    return dml_rs.Ols()


def logistic(params):
    return dml_rs.LogisticRegression(C=params.get("C", 1.0))


def forest(params):
    return dml_rs.RandomForestRegressor(**_of_trees(params))


def forest_of_classes(params):
    return dml_rs.RandomForestClassifier(**_of_trees(params))


def _of_trees(params):
    shared = ("n_estimators", "max_depth", "min_samples_leaf", "max_features")
    return {name: params[name] for name in shared if name in params}


THEIRS = {
    LinearRegression: least_squares,
    LogisticRegression: logistic,
    RandomForestRegressor: forest,
    RandomForestClassifier: forest_of_classes,
}
"""Its model in place of scikit-learn's."""


def fitted(method):
    def effects(family, study, threads):
        del threads  # it takes all
        X, y, w = study
        outcome = THEIRS[family.regressor](family.regression())
        propensity = THEIRS[family.classifier](family.classification())
        roles = {
            "S": {}, "T": {}, "X": {"effect": outcome, "propensity": propensity},
            "R": {"effect": outcome, "propensity": propensity},
            "DR": {"effect": outcome, "propensity": propensity},
        }  # fmt: skip
        found = dml_rs.fit_cate(
            method, y, w.astype(float), X, outcome, **roles[method], n_folds=N_FOLDS
        )
        return found.effect(X)

    return effects


NUISANCES = {"propensity_model": N_FOLDS}

MATCHES = {
    "T": Match(fitted("T"), ours_on_new_rows("T", 1), "nothing: no folds, two fits"),
    "X": Match(fitted("X"), ours_on_new_rows("X", 1), "nothing: no folds, five fits"),
    "R": Match(
        fitted("R"),
        ours_on_new_rows("R", {**NUISANCES, "outcome_model": N_FOLDS, "treatment_model": 1}),
        "nothing: 5 folds of each nuisance, one effect model",
    ),
    "DR": Match(
        fitted("DR"),
        ours_on_new_rows(
            "DR", {**NUISANCES, "variant_outcome_model": N_FOLDS, "treatment_model": 1}
        ),
        "nothing: 5 folds of each nuisance, one effect model",
    ),
}
