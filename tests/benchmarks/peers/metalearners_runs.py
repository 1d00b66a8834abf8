"""The learners of metalearners, over its three levels of parallelism."""

import io
from contextlib import redirect_stdout
from functools import partial

import metalearners
from threadpoolctl import threadpool_limits

from tests.benchmarks.five_learners import N_FOLDS, models_of
from tests.benchmarks.machine import cores


def six_settings():
    """Threads of a base model, folds at once, models of a stage at once: none, each, two, all."""
    c = cores()
    return [(1, 1, 1), (c, 1, 1), (1, c, 1), (1, 1, c), (1, c, c), (c, c, c)]


def runs_of(name, family, study):
    """What estimates the effects of the training rows, by setting."""
    return {
        f"{base}, {folds}, {stage}": partial(_estimated, name, family, study, (base, folds, stage))
        for base, folds, stage in six_settings()
    }


def _estimated(name, family, study, setting):
    X, y, w = study
    threads, folds, stage = setting
    parallel = {"n_jobs_cross_fitting": folds, "n_jobs_base_learners": stage}
    with redirect_stdout(io.StringIO()), threadpool_limits(threads):  # scikit-learn 1.7 prints
        learner = _learner(name, models_of(name, family, threads), int(w.max()) + 1)
        return learner.fit(X, y, w, **parallel).predict(X, is_oos=False)


def _learner(name, models, n_variants):
    options = {"is_classification": False, "n_folds": N_FOLDS, "random_state": 0}
    return getattr(metalearners, f"{name}Learner")(n_variants=n_variants, **options, **models)
