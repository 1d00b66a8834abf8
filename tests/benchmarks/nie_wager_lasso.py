"""One draw of Nie & Wager's simulations, estimated with lassos by four of our learners."""

import warnings

import dask
import numpy as np
from lasso_models import InteractedLasso, LassoClassifier, LassoRegressor
from spline_features import spline_features

from causal_dask import RLearner, SLearner, TLearner, XLearner
from causal_dask.datasets import nie_wager
from causal_dask.errors import ClippedPropensities

N_ROWS = 500
N_FOLDS = 5
"""Folds of the cross-fitted nuisances; rlearner has 10, which takes twice as long."""

PATIENCE = 6
"""Penalties after the best at which nuisance models and S leave the path, which costs a third.

In 200 such fits it never changed the penalty. Effect models walk the whole path: where the effect
is constant their deviance can have a second minimum, and missing it flattered R in setup C.
"""

FOLDS_OF_X = {
    "propensity_model": N_FOLDS,
    "variant_outcome_model": N_FOLDS,
    "treatment_effect_model": 1,
    "control_effect_model": 1,
}
FOLDS_OF_R = {"propensity_model": N_FOLDS, "outcome_model": N_FOLDS, "treatment_model": 1}


def cate_errors(setup, seed):
    """The mean squared error of each learner's CATE on the test rows of one draw."""
    data = nie_wager(setup, n_rows=2 * N_ROWS, n_features=6, noise=1.0, random_state=seed)
    features = spline_features(data.X)
    truth = data.effects[N_ROWS:, 0]
    with warnings.catch_warnings(), dask.config.set(scheduler="synchronous"):
        warnings.simplefilter("error")  # a worker process does not have pytest's filters
        warnings.simplefilter("ignore", ClippedPropensities)  # a few rows of A, C and D
        fitted = _fitted(data.take(slice(N_ROWS)), features[:N_ROWS], seed)
        effects = {name: learner.predict(features[N_ROWS:]) for name, learner in fitted.items()}
    return {name: float(np.mean((tau[:, 0, 0] - truth) ** 2)) for name, tau in effects.items()}


def _fitted(train, features, seed):
    """The learners, computed together: X and T share arms, X and R the propensity."""
    plans = [
        learner.plan(features, train.y, train.w, synchronize_cross_fitting=False)
        for learner in _learners(seed).values()
    ]
    return dict(zip(_learners(seed), dask.compute(*plans), strict=True))


def _learners(seed):
    """S, T, X and R; effects are asked for on new rows only, so their models need no folds."""
    outcome, common = LassoRegressor(patience=PATIENCE), {"random_state": seed}
    both_stages = common | {
        "nuisance_model_factory": outcome,
        "propensity_model_factory": LassoClassifier(patience=PATIENCE),
        "treatment_model_factory": LassoRegressor(),
    }
    return {
        "S": SLearner(
            nuisance_model_factory=InteractedLasso(patience=PATIENCE), n_folds=1, **common
        ),
        "T": TLearner(nuisance_model_factory=outcome, n_folds=1, **common),
        "X": XLearner(n_folds=FOLDS_OF_X, **both_stages),
        "R": RLearner(n_folds=FOLDS_OF_R, **both_stages),
    }
