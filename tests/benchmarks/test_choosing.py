"""The learner that a report's losses put first is about as good as the best one.

Thirty simulated data sets, eighteen candidates, nested folds, one judge. Half an hour on two cores.
"""

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import CausalDaskWarning, fit_together
from causal_dask.datasets import make_study
from causal_dask.estimators.catalogue import metalearner_factory
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_STUDIES = size(30, quick=2)
N_ROWS, N_NEW = 1_000, 2_000
GOAL = 1.1
LOSSES = ("r_loss", "dr_loss")

SMALL = {"n_estimators": 60, "max_depth": 3, "learning_rate": 0.05, "n_jobs": 1}
STUMPS = {"n_estimators": 60, "max_depth": 1, "learning_rate": 0.1, "n_jobs": 1}
MODELS = {
    "linear": (Ridge, {}, LogisticRegression, {}),
    "stumps": (XGBRegressor, STUMPS, XGBClassifier, STUMPS),
    "trees": (XGBRegressor, SMALL, XGBClassifier, SMALL),
}
EFFECTS = ("linear", "nonlinear", "constant")

RECORD = Record(
    name="choosing",
    title="Choosing among eighteen candidates by a report's losses",
    identity=("loss",),
    measure="ratio",
    note="`ratio`: the PEHE of the chosen over that of the best candidate, median over the studies;"
    " `nine_tenths`: its quantile of 0.9.",
)


def candidates(seed):
    """Six learners of three families of models, all nested; those with one judge first."""
    found = {}
    for kind in ("DR", "X", "R", "RA", "T", "S"):
        for name, (outcome, outcome_params, propensity, propensity_params) in MODELS.items():
            found[kind, name] = metalearner_factory(kind)(
                nuisance_model_factory=outcome, nuisance_model_params=outcome_params,
                treatment_model_factory=outcome, treatment_model_params=outcome_params,
                propensity_model_factory=propensity, propensity_model_params=propensity_params,
                n_folds=3, random_state=seed, nested=True,
            )  # fmt: skip
    return found


def ratios(seed):
    """By loss, the error of the candidate that it chooses over the best candidate's."""
    effect = EFFECTS[seed % len(EFFECTS)]
    study = make_study(N_ROWS + N_NEW, n_features=6, effect=effect, random_state=seed)
    data = (study.X[:N_ROWS], study.y[:N_ROWS], study.w[:N_ROWS])
    learners = candidates(seed)
    fitted = fit_together(list(learners.values()), *data)
    X, judge = study.X[N_ROWS:], fitted[list(learners).index(("DR", "trees"))]
    scores = [
        each.evaluate(*data, scoring={"effect": list(LOSSES)}, nuisances=judge) for each in fitted
    ]
    errors = [
        np.sqrt(np.mean((each.predict(X, is_oos=True)[:, :, 0] - study.effects[N_ROWS:]) ** 2))
        for each in fitted
    ]
    found = {}
    for loss in LOSSES:
        chosen = int(np.argmin([each[f"effect_1_vs_0_{loss}"] for each in scores]))
        found[loss] = float(errors[chosen] / min(errors))
    print(seed, effect, {loss: round(ratio, 3) for loss, ratio in found.items()}, flush=True)
    return found


def test_the_chosen_learner_is_about_as_good_as_the_best():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalDaskWarning)
        found = [ratios(seed) for seed in range(N_STUDIES)]
    for loss in LOSSES:
        each = [ratio[loss] for ratio in found]
        ratio, nine_tenths = float(np.median(each)), float(np.quantile(each, 0.9))
        RECORD.keep({
            "loss": loss, "studies": N_STUDIES, "candidates": len(candidates(0)),
            "ratio": ratio, "nine_tenths": nine_tenths, "goal": GOAL,
        })  # fmt: skip
        check(f"PEHE of the chosen over the best by {loss}, median", ratio, GOAL)
