"""The average effect by DoubleML's interactive regression model, and by our DR-learner's scores."""

from doubleml import DoubleMLData, DoubleMLIRM

from tests.benchmarks.five_learners import N_FOLDS, learner_of
from tests.benchmarks.machine import cores
from tests.benchmarks.peers.match import Match


def irm(family, study, threads):
    """Folds at once where base models have one thread."""
    model = DoubleMLIRM(
        DoubleMLData.from_arrays(*study),
        family.regressor(**family.regression(threads)),
        family.classifier(**family.classification(threads)),
        n_folds=N_FOLDS,
    )
    return model.fit(n_jobs_cv=cores() if threads == 1 else None).coef


def first_stage(family, study):
    learner = learner_of("DR", family).fit(*study, answers="ate")
    return learner.average_treatment_effect().estimate


MATCHES = {"ATE": Match(irm, first_stage, "nothing: the 15 fits of the first stage")}
