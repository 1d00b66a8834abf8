"""Tuning of a DR-learner's three models, beside scikit-learn's search inside each fold.

Forty trials of each model; the same spaces, folds and number of folds of the search. Seconds on
20,000 rows (ten minutes on two cores), errors of effects on 1,000 rows and twenty data sets (half
an hour on one core).
"""

import time
import warnings

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy.stats import loguniform, randint
from sklearn.base import clone
from sklearn.model_selection import RandomizedSearchCV

from causal_dask import CausalDaskWarning, DRLearner, tune
from causal_dask.datasets import make_study
from tests.benchmarks.goals import check
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import size

N_TRIALS, N_FOLDS = size(40, quick=4), 5
N_TIMED, N_JUDGED, N_STUDIES = size(20_000, quick=1_000), 1_000, size(20, quick=2)
N_NEW = 2_000
TIME_GOAL, ERROR_GOAL = 0.5, 1.0

SPACE = {
    "num_leaves": randint(2, 32),
    "learning_rate": loguniform(0.01, 0.3),
    "min_child_samples": [5, 20, 50, 100],
    "subsample": [0.5, 0.8, 1.0],
}
KINDS = ("variant_outcome_model", "propensity_model", "treatment_model")
BOOSTED = {"n_estimators": 50, "n_jobs": 1, "random_state": 0, "verbosity": -1, "subsample_freq": 1}

RECORD = Record(
    name="tuning",
    title="Tuning three models of a DR-learner, 40 trials each, over searches inside the folds",
    identity=("measure",),
    measure="ratio",
    note="`ratio`: seconds of `tune` and a fit over those of a fit whose models are scikit-learn's"
    " `RandomizedSearchCV`; or the error of the effects of new rows over that of the other, the"
    " median over paired data sets, with the mean ratio and its standard error.",
)


def learner(seed):
    return DRLearner(
        nuisance_model_factory=LGBMRegressor(**BOOSTED),
        propensity_model_factory=LGBMClassifier(**BOOSTED),
        treatment_model_factory=LGBMRegressor(**BOOSTED),
        n_folds=N_FOLDS, random_state=seed,
    )  # fmt: skip


def tuned(study, n_rows, seed):
    """A learner tuned once on the whole and fitted; the seconds of both."""
    start = time.perf_counter()
    data = study.X[:n_rows], study.y[:n_rows], study.w[:n_rows]
    found = tune(
        learner(seed), dict.fromkeys(KINDS, SPACE), *data, n_trials=N_TRIALS, n_folds=N_FOLDS,
        random_state=seed,
    )  # fmt: skip
    fitted = found.learner.fit(*data)
    return fitted, time.perf_counter() - start


def searched(study, n_rows, seed):
    """A learner whose models search inside each fit; the seconds of its fit."""
    start = time.perf_counter()

    def search(model, scoring):
        return RandomizedSearchCV(
            model, SPACE, n_iter=N_TRIALS, cv=N_FOLDS, scoring=scoring, random_state=seed
        )

    made = clone(learner(seed)).set_params(
        nuisance_model_factory=search(LGBMRegressor(**BOOSTED), "neg_mean_squared_error"),
        propensity_model_factory=search(LGBMClassifier(**BOOSTED), "neg_log_loss"),
        treatment_model_factory=search(LGBMRegressor(**BOOSTED), "neg_mean_squared_error"),
    )
    fitted = made.fit(study.X[:n_rows], study.y[:n_rows], study.w[:n_rows])
    return fitted, time.perf_counter() - start


def error(fitted, study, n_rows):
    found = fitted.predict(study.X[n_rows:], is_oos=True)[:, 0, 0]
    return float(np.sqrt(np.mean((found - study.effects[n_rows:, 0]) ** 2)))


def test_tuning_takes_half_the_time_of_searches_inside_the_folds():
    study = make_study(N_TIMED, n_features=20, effect="nonlinear", random_state=0)
    seconds = {fit.__name__: fit(study, N_TIMED, 0)[1] for fit in (tuned, searched)}
    ratio = seconds["tuned"] / seconds["searched"]
    RECORD.keep({"measure": "seconds", "n": 1, "rows": N_TIMED, **seconds, "ratio": ratio,
                 "goal": TIME_GOAL})  # fmt: skip
    check("seconds of tuning over those of searches inside the folds", ratio, TIME_GOAL)


def test_tuning_is_no_worse():
    pairs = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalDaskWarning)
        for seed in range(N_STUDIES):
            effect = ("linear", "nonlinear")[seed % 2]
            n = N_JUDGED + N_NEW
            study = make_study(n, n_features=20, effect=effect, random_state=seed)
            found = [
                error(fit(study, N_JUDGED, seed)[0], study, N_JUDGED) for fit in (tuned, searched)
            ]
            pairs.append(found)
            print(seed, effect, [f"{each:.3f}" for each in found], flush=True)
    ratios = [own / other for own, other in pairs]
    ratio = float(np.median(ratios))
    logs = np.log(ratios)
    RECORD.keep({
        "measure": "error", "n": N_STUDIES, "rows": N_JUDGED,
        "tuned": float(np.mean([own for own, _ in pairs])),
        "searched": float(np.mean([other for _, other in pairs])), "ratio": ratio,
        "mean_ratio": float(np.exp(logs.mean())),
        "standard_error": float(logs.std(ddof=1) / np.sqrt(len(logs))),
        "goal": ERROR_GOAL,
    })  # fmt: skip
    # no worse: a ratio of 1 is within two standard errors, or above them
    least = np.exp(logs.mean() - 2 * logs.std(ddof=1) / np.sqrt(len(logs)))
    check("error of effects over that of searches inside the folds, least", least, ERROR_GOAL)
