"""Measures, in a process of its own, the memory that a fit takes and that its plan predicts.

``python -m tests.benchmarks.predicted_memory XGBoost 200000 50`` prints gigabytes as JSON, of a
DR-learner on two threads. With a fourth argument, a number, the fit runs on a worker that has that
many times the predicted memory, and which Dask kills when it takes more.
"""

import json
import logging
import resource
import sys
import warnings

import dask
import numpy as np
from distributed import Client, LocalCluster

from causal_dask.errors import ClippedPropensities
from tests.benchmarks.families import FAMILIES, Family
from tests.benchmarks.five_learners import learner_of

N_THREADS = 2
QUICK = {
    "XGBoost": {"n_estimators": 10},
    "LightGBM": {"n_estimators": 10, "verbose": -1},
    "HistGradientBoosting": {"max_iter": 10},
    "RandomForest": {"n_estimators": 3, "max_depth": 8, "max_features": 0.2},
    "linear": {},
}


def family_of(name):
    """A family with few trees: more of them take more time, and hardly more memory."""
    full = FAMILIES[name]
    classifier = {**full.classifier_params, "max_iter": 10} if name == "linear" else {}
    return Family(
        full.regressor, full.classifier, {**full.params, **QUICK[name]}, classifier, full.has_jobs
    )


def study(n_rows, n_columns):
    """X, y and w, made without another array of their size."""
    random = np.random.default_rng(0)
    X = np.empty((n_rows, n_columns))
    random.random(out=X)
    return X, random.random(n_rows), random.integers(2, size=n_rows)


def measured(name, data):
    """The gigabytes predicted for a process of two threads, and those that it took."""
    learner = learner_of("DR", family_of(name))
    predicted = float(learner.plan(*data).describe().memory["GB"][N_THREADS])
    with dask.config.set(scheduler="threads", num_workers=N_THREADS):
        learner.fit(*data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {"predicted": predicted, "peak": peak}


def limited(name, data, times):
    """Whether a fit ends on a worker with so many times the predicted memory."""
    learner = learner_of("DR", family_of(name))
    predicted = float(learner.plan(*data).describe().memory["GB"][N_THREADS])
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=N_THREADS, memory_limit=times * predicted * 1e9,
            dashboard_address=":0", silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        before = set(client.scheduler_info()["workers"])
        learner.fit(*data)
        return {"same worker": set(client.scheduler_info()["workers"]) == before}


if __name__ == "__main__":
    warnings.simplefilter("ignore", ClippedPropensities)
    name, rows, columns, *times = sys.argv[1:]
    data = study(int(rows), int(columns))
    found = limited(name, data, float(times[0])) if times else measured(name, data)
    print(json.dumps(found))
