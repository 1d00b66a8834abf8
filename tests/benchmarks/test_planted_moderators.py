"""Importances in the effect rank the covariates that moderate it before all others.

Fifty simulated studies with two planted moderators among eight covariates, of which others decide
the outcome or the treatment. Five minutes on two cores.
"""

import numpy as np
from scipy.special import expit
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, effect_importances
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES = size(50, quick=2)
N_ROWS, N_FEATURES = 2_000, 8
MOST_MISSED = 0.1

SMALL = {"n_estimators": 60, "max_depth": 3, "learning_rate": 0.08, "n_jobs": 1}

RECORD = Record(
    name="planted_moderators",
    title="Planted moderators by their importance in the effect",
    identity=("studies",),
    measure="missed",
    note="`missed`: the share of studies in which another covariate is before a planted one.",
)


def ranks_them_first(seed):
    """Whether both planted moderators are before all other covariates."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_ROWS, N_FEATURES))
    planted = rng.choice(N_FEATURES, size=2, replace=False)
    others = np.setdiff1d(np.arange(N_FEATURES), planted)
    confounder, prognostic = rng.choice(others, size=2, replace=False)
    w = (rng.random(N_ROWS) < expit(0.7 * X[:, confounder])).astype(int)
    effect = 1 + X[:, planted[0]] + (X[:, planted[1]] > 0)
    y = 2 * X[:, prognostic] + X[:, confounder] + w * effect + rng.normal(size=N_ROWS)
    learner = DRLearner(
        nuisance_model_factory=XGBRegressor, nuisance_model_params=SMALL,
        propensity_model_factory=XGBClassifier, propensity_model_params=SMALL,
        treatment_model_factory=XGBRegressor, treatment_model_params=SMALL,
        n_folds=5, random_state=seed,
    ).fit(X, y, w)  # fmt: skip
    first = effect_importances(learner, X, random_state=seed)["covariate"].head(2)
    return set(first) == {f"x{n}" for n in planted}


def test_planted_moderators_come_first():
    missed = 1 - np.mean([ranks_them_first(seed) for seed in range(N_STUDIES)])
    RECORD.keep({"studies": N_STUDIES, "missed": float(missed), "goal": MOST_MISSED})
    check(f"studies of {N_STUDIES} that rank another covariate first", missed, MOST_MISSED)
