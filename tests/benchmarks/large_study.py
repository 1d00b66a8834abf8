"""Fits an X-learner to files: ``python -m tests.benchmarks.large_study folder effects [shared]``.

XGBoost with 100 trees of depth 6, 2 folds, two threads; with ``shared``, the covariates are
prepared once for all fits. Prints seconds and the peak as JSON.
"""

import json
import sys
import time
import warnings

import dask
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import XLearner
from causal_dask.errors import ClippedPropensities
from tests.benchmarks.off_the_client import peak

TREES = {"n_estimators": 100, "max_depth": 6}


def measured(folder, effects, prepare=None):
    """Seconds of the fit and of writing the cross-fitted effects, and the peak in bytes."""
    learner = XLearner(
        nuisance_model_factory=XGBRegressor,
        nuisance_model_params=TREES,
        propensity_model_factory=XGBClassifier,
        propensity_model_params=TREES,
        treatment_model_factory=XGBRegressor,
        treatment_model_params=TREES,
        n_folds=2,
        prepare=prepare,
        random_state=0,
    )
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
