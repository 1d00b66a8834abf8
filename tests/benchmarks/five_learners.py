"""S, T, X, R and DR with base models of a family, and what is timed of them."""

from causal_dask import DRLearner, RLearner, SLearner, TLearner, XLearner

LEARNERS = {"S": SLearner, "T": TLearner, "X": XLearner, "R": RLearner, "DR": DRLearner}
WITH_PROPENSITY = {"X", "R", "DR"}
N_FOLDS = 5


def models_of(name, family, threads=None):
    """The base models as a learner's arguments, which metalearners shares with us."""
    models = {
        "nuisance_model_factory": family.regressor,
        "nuisance_model_params": family.regression(threads),
    }
    if name in WITH_PROPENSITY:
        models |= {
            "propensity_model_factory": family.classifier,
            "propensity_model_params": family.classification(threads),
            "treatment_model_factory": family.regressor,
            "treatment_model_params": family.regression(threads),
        }
    return models


def learner_of(name, family, **options):
    """A new learner: one that has been fitted would not fit again."""
    default = {**models_of(name, family), "n_folds": N_FOLDS, "random_state": 0}
    return LEARNERS[name](**default | options)


def estimated(learner, study):
    """The cross-fitted effects of the training rows: a fit, and a prediction of what it saw."""
    X, y, w = study
    return learner.fit(X, y, w).predict(X)
