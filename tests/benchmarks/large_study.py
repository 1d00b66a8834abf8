"""Fits a learner to files: ``python -m tests.benchmarks.large_study X folder effects [shared]``.

XGBoost with trees of depth 6, 100 for an X-learner and 50 for a T-learner, 2 folds, two threads;
with ``shared``, the covariates are prepared once for all fits. Prints seconds and the peak as JSON.
"""

import json
import sys
import time
import warnings

import dask
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import TLearner, XLearner
from causal_dask.errors import ClippedPropensities
from tests.benchmarks.off_the_client import peak


def learner_of(name, prepare):
    """The learner of this name."""
    params = {"n_estimators": 100 if name == "X" else 50, "max_depth": 6}
    nuisance = {"nuisance_model_factory": XGBRegressor, "nuisance_model_params": params}
    how = {"n_folds": 2, "prepare": prepare, "random_state": 0}
    if name == "T":
        return TLearner(**nuisance, **how)
    return XLearner(
        **nuisance,
        **how,
        propensity_model_factory=XGBClassifier,
        propensity_model_params=params,
        treatment_model_factory=XGBRegressor,
        treatment_model_params=params,
    )


def measured(name, folder, effects, prepare="plain"):
    """Seconds of the fit and of writing the cross-fitted effects, and the peak in bytes."""
    learner = learner_of(name, prepare)
    with dask.config.set(scheduler="threads", num_workers=2):
        start = time.perf_counter()
        learner.fit(folder, "y", "w")
        fitted = time.perf_counter()
        learner.predict_to_parquet(folder, effects)
        written = time.perf_counter()
    return {"fit": fitted - start, "write": written - fitted, "peak": peak()}


if __name__ == "__main__":
    warnings.simplefilter("ignore", ClippedPropensities)
    print(json.dumps(measured(*sys.argv[1:])))
