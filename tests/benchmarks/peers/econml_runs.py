"""The learners of EconML that have a like among ours, for two variants."""

from econml.dml import NonParamDML
from econml.dr import DRLearner
from econml.metalearners import TLearner, XLearner

from tests.benchmarks.five_learners import N_FOLDS
from tests.benchmarks.peers.match import Match, ours_on_new_rows

CLIP = 0.01


def t_learner(family, study, threads):
    return _effects(TLearner(models=_regressor(family, threads)), study)


def x_learner(family, study, threads):
    models = {"models": _regressor(family, threads), "cate_models": _regressor(family, threads)}
    return _effects(XLearner(**models, propensity_model=_classifier(family, threads)), study)


def dr_learner(family, study, threads):
    learner = DRLearner(
        model_propensity=_classifier(family, threads),
        model_regression=_regressor(family, threads),
        model_final=_regressor(family, threads),
        cv=N_FOLDS,
        min_propensity=CLIP,
        random_state=0,
    )
    return _effects(learner, study)


def r_learner(family, study, threads):
    learner = NonParamDML(
        model_y=_regressor(family, threads),
        model_t=_classifier(family, threads),
        model_final=_regressor(family, threads),
        discrete_treatment=True,
        cv=N_FOLDS,
        random_state=0,
    )
    return _effects(learner, study)


def _effects(learner, study):
    X, y, w = study
    return learner.fit(y, w, X=X).const_marginal_effect(X).reshape(-1)


def _regressor(family, threads):
    return family.regressor(**family.regression(threads))


def _classifier(family, threads):
    return family.classifier(**family.classification(threads))


MATCHES = {
    "T": Match(t_learner, ours_on_new_rows("T", 1), "nothing: no folds, two fits"),
    "X": Match(x_learner, ours_on_new_rows("X", 1), "nothing: no folds, five fits"),
    "DR": Match(
        dr_learner,
        ours_on_new_rows(
            "DR",
            {"propensity_model": N_FOLDS, "variant_outcome_model": N_FOLDS, "treatment_model": 1},
        ),
        "theirs has one outcome model with the variant as a feature, ours one for each variant",
    ),
    "R": Match(
        r_learner,
        ours_on_new_rows(
            "R", {"propensity_model": N_FOLDS, "outcome_model": N_FOLDS, "treatment_model": 1}
        ),
        "nothing: 5 folds of each nuisance, one effect model",
    ),
}
