"""Guesses at how long base models take. They decide what runs first, never what comes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline

SECONDS_PER_ROW = {
    "models.boosted": 1e-4,
    "models.splines": 1e-5,
    "xgboost": 1e-7,
    "lightgbm": 1e-7,
    "HistGradientBoosting": 1.5e-7,
    "RandomForest": 1e-5,
    "ExtraTrees": 4e-6,
    "GradientBoosting": 1e-5,
    "LogisticRegression": 1e-5,
    "linear_model": 1e-6,
    "svm": 1e-3,
    "neural_network": 1e-3,
    "neighbors": 1e-5,
}
"""By what occurs in a class's module or name, for 20 columns and one thread; of each tree, where a
model has many. Measured once on one machine: only their ratios matter much."""


OTHER = 1e-4
"""Of an unknown class: rather too long, since a plan that seems short runs in one thread."""


TREES = ("n_estimators", "max_iter", "num_boost_round", "iterations")


COUNTS_TREES = ("xgboost", "lightgbm", "HistGradientBoosting", "RandomForest", "ExtraTrees",
                "GradientBoosting")  # fmt: skip


PREDICTION = 0.05
"""Of the time of a fit to as many rows."""


def known_name(estimator: Any, known: Iterable[str]) -> str | None:
    """The first of some names that occurs in the module or name of an estimator's class."""
    name = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    return next((each for each in known if each in name), None)


def seconds_per_row(estimator: Any) -> float:
    """About how long a fit takes on one thread, per row."""
    if isinstance(estimator, Pipeline):
        return sum(seconds_per_row(step) for _, step in estimator.steps if hasattr(step, "fit"))
    known = known_name(estimator, SECONDS_PER_ROW)
    inner = getattr(estimator, "estimator", None)  # a forest has one too, which is its tree
    if known is None and hasattr(inner, "fit"):
        return seconds_per_row(inner) * _n_fits_of_inner(estimator)
    rate = SECONDS_PER_ROW.get(known or "", OTHER)
    return rate * (n_trees(estimator) if known in COUNTS_TREES else 1)


CURVES = {
    "xgboost": "xgboost",
    "HistGradientBoosting": "xgboost",
    "RandomForest": "forest",
    "ExtraTrees": "forest",
}
"""How much more threads gain, by what occurs in the module or name of a class; of classes that give
the same bits with any number. LightGBM's differ in the last digits."""


def curve_of(estimator: Any) -> str:
    """The name of an estimator's speed-up curve; none if threads may change its results."""
    if isinstance(estimator, Pipeline):
        return curve_of(estimator.steps[-1][1])
    names = [f"{cls.__module__}.{cls.__qualname__}" for cls in type(estimator).__mro__]
    return next((CURVES[k] for k in CURVES if any(k in name for name in names)), "")


def n_trees(estimator: Any) -> int:
    """How many trees a model grows."""
    found = next((getattr(estimator, n) for n in TREES if hasattr(estimator, n)), None)
    return found if isinstance(found, int) and found > 0 else 100


def _n_fits_of_inner(estimator: Any) -> int:
    """How often a search or a calibration fits what it wraps."""
    cv = getattr(estimator, "cv", 1)
    try:
        n_folds = check_cv(cv).get_n_splits() if hasattr(estimator, "cv") else 1
    except (TypeError, ValueError):
        n_folds = 5
    n_candidates = getattr(estimator, "n_iter", None)
    grid = getattr(estimator, "param_grid", None)
    if isinstance(grid, dict):
        n_candidates = 1
        for values in grid.values():
            n_candidates *= len(values)
    return n_folds * (n_candidates if isinstance(n_candidates, int) else 1)
