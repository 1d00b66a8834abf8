"""Measures, in a process of its own, how much memory a fit takes beyond its input.

``python -m tests.benchmarks.peak_memory DR idle 500000`` prints bytes as JSON. The peak is that of
the operating system (``ru_maxrss``) if the fit raised it, else the largest of many looks.
"""

import json
import resource
import sys
import threading
import time
import warnings
from contextlib import contextmanager

import dask
import numpy as np
import psutil

from causal_dask.errors import ClippedPropensities
from tests.benchmarks.families import FAMILIES, Family
from tests.benchmarks.five_learners import learner_of
from tests.benchmarks.idle import IdleClassifier, IdleRegressor

N_FEATURES = 50
N_THREADS = 2
QUICK_MODELS = {"XGBoost": {"n_estimators": 10}, "HistGradientBoosting": {"max_iter": 10}}
"""More trees would take more time and no more memory."""

SECONDS_BETWEEN_LOOKS = 0.002


def family_of(name):
    """A family with few trees, or models that do nothing."""
    if name == "idle":
        return Family(IdleRegressor, IdleClassifier, has_jobs=False)
    full = FAMILIES[name]
    params = {**full.params, **QUICK_MODELS[name]}
    return Family(full.regressor, full.classifier, params, full.classifier_params, full.has_jobs)


def study_in_place(n_rows):
    """X, y and w, made without any array besides them that could raise the peak."""
    random = np.random.default_rng(0)
    X = np.empty((n_rows, N_FEATURES))
    random.random(out=X)
    return X, random.random(n_rows), random.integers(2, size=n_rows)


def measured(learner, family, n_rows):
    """Bytes: the input, the most training rows of a fit (all), the peak beyond what was before."""
    X, y, w = study_in_place(n_rows)
    with dask.config.set(scheduler="threads", num_workers=N_THREADS):
        learner_of(learner, family).fit(X[:1_000], y[:1_000], w[:1_000])  # loads libraries
        beyond = bytes_beyond(lambda: learner_of(learner, family).fit(X, y, w))
    return {"input": X.nbytes, "copy": X.nbytes, "beyond": beyond}


def bytes_beyond(run):
    """The bytes that a call takes at its peak, beyond those that were there before."""
    before, known_peak = psutil.Process().memory_info().rss, _peak_of_process()
    with _looks() as seen:
        run()
    peak = _peak_of_process() if _peak_of_process() > known_peak else max(seen)
    return peak - before


@contextmanager
def _looks():
    """The resident bytes of this process, looked at again and again by a thread."""
    process, done, seen = psutil.Process(), threading.Event(), []

    def look():
        while not done.is_set():
            seen.append(process.memory_info().rss)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield seen
    finally:
        done.set()
        looker.join()


def _peak_of_process():
    """The most bytes that were ever resident; Linux counts in KiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    warnings.simplefilter("ignore", ClippedPropensities)
    name, models, n_rows = sys.argv[1:]
    print(json.dumps(measured(name, family_of(models), int(n_rows))))
