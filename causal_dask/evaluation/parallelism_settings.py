"""Settings of parallelism: the defaults to compare, and how a learner takes its threads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.tasks.estimators import takes_threads, thread_parameter

LEVELS = ("n_jobs", "n_jobs_cross_fitting", "n_jobs_base_learners")
"""Where parallelism can be set: in base models, over folds, over models."""

DEFAULT = "default"
"""The name of the setting that sets nothing, against which the others are compared."""

STAGES = ("nuisance", "propensity", "treatment")


def default_settings(n_threads: int) -> dict[str, dict[str, int | None]]:
    """The default settings: nothing set, all threads at one level, and two levels together."""
    half = max(2, round(math.sqrt(n_threads)))
    alone = {"n_jobs_cross_fitting": 1, "n_jobs_base_learners": 1}
    return {
        DEFAULT: {},
        "base models only": {"n_jobs": n_threads, **alone},
        "folds only": {**alone, "n_jobs": 1, "n_jobs_cross_fitting": None},
        "models only": {**alone, "n_jobs": 1, "n_jobs_base_learners": None},
        "base models and folds": {**alone, "n_jobs": half, "n_jobs_cross_fitting": None},
        "base models and models": {**alone, "n_jobs": half, "n_jobs_base_learners": None},
        "one fit at a time": {"n_jobs": 1, **alone},
    }


def check_settings(settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise if a setting has a key that is not a level of parallelism."""
    for name, setting in settings.items():
        if unknown := [key for key in setting if key not in LEVELS]:
            raise InvalidInput(f"The setting {name!r} has {unknown}; there are {list(LEVELS)}.")


def with_threads(learner: MetaLearner, n_jobs: int | None) -> MetaLearner:
    """An unfitted copy whose base models use ``n_jobs`` threads, where they have a parameter."""
    unfitted = clone(learner)
    if n_jobs is None:
        return unfitted
    for stage in STAGES:
        factory = getattr(unfitted, f"{stage}_model_factory")
        params = getattr(unfitted, f"{stage}_model_params") or {}
        name = _thread_parameter(factory)
        if name is not None:
            setattr(unfitted, f"{stage}_model_params", {**params, name: n_jobs})
    return unfitted


def _thread_parameter(factory: Any) -> str | None:
    """The name of an estimator's parameter for its number of threads, if it has one."""
    if factory is None or isinstance(factory, Mapping):
        return None
    model = factory() if isinstance(factory, type) else factory
    can_set = hasattr(model, "get_params") and takes_threads(model)
    return thread_parameter(model) if can_set else None
