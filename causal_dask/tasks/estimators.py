"""Unfitted estimators: copies with seeds and threads, and what they say of weights and threads."""

from __future__ import annotations

import copy
import hashlib
import inspect
from collections.abc import Iterator
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

Jobs = tuple[tuple[str, int], ...]


THREAD_PARAMETERS = frozenset({"n_jobs", "nthread", "num_threads", "thread_count", "n_threads"})


THREADED = ("HistGradientBoosting", "RandomForest", "ExtraTrees")
"""scikit-learn's classes that are quicker with more threads."""


def prepare_estimator(estimator: Any, seed: int | None, jobs: Jobs) -> Any:
    """Clone an estimator and set its seeds and its numbers of threads."""
    if not hasattr(estimator, "get_params"):
        return copy.deepcopy(estimator)
    own = unfitted_copy(estimator)
    # a thread count that is left open must not mean all cores: many fits share the machine
    settings = dict.fromkeys(_unset_threads(own), 1) | dict(jobs)
    if seed is not None:
        settings |= seeds(own, seed)
    return own.set_params(**settings) if settings else own


def unfitted_copy(estimator: Any) -> Any:
    """A clone; of an estimator whose constructor changes its parameters, a deep copy.

    CatBoost copies lists that it is given, which ``clone`` takes for a broken constructor.
    """
    try:
        return clone(estimator)
    except RuntimeError:
        return copy.deepcopy(estimator)


def seeds(estimator: Any, seed: int) -> dict[str, Any]:
    """A value for each random state that was left open, in the estimator and in its parts."""
    settings: dict[str, Any] = {}
    for name, value in sorted(estimator.get_params(deep=True).items()):
        drawn = int(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).hexdigest(), 16) >> 1
        if value is None and name.rpartition("__")[2] == "random_state":
            settings[name] = drawn
        elif _shuffles_unseeded(value):
            settings[name] = copy.copy(value)
            settings[name].random_state = drawn
    return settings


def weight_keyword(estimator: Any) -> str | None:
    """The fit keyword that takes row weights, if there is one: a pipeline's is its last step's."""
    if isinstance(estimator, Pipeline):
        last, step = estimator.steps[-1]
        inner = weight_keyword(step)
        return f"{last}__{inner}" if inner else None
    parameters = inspect.signature(estimator.fit).parameters.values()
    if any(parameter.name == "sample_weight" for parameter in parameters):
        return "sample_weight"
    # a search or a calibration takes **fit_params and hands them to what it wraps
    passes_on = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    keywords = (
        {weight_keyword(part) for part in _inner_estimators(estimator)} if passes_on else set()
    )
    return keywords.pop() if len(keywords) == 1 else None


def _inner_estimators(estimator: Any) -> list[Any]:
    """The estimators that another one fits: one, or several with names."""
    named = getattr(estimator, "estimators", None) or []
    single = (getattr(estimator, name, None) for name in ("estimator", "regressor", "classifier"))
    return [part for part in (*(part for _, part in named), *single) if hasattr(part, "fit")]


def takes_threads(estimator: Any) -> bool:
    """Whether a fit has a use for more threads: trees, and what is not scikit-learn's."""
    if isinstance(estimator, Pipeline):
        return takes_threads(estimator.steps[-1][1])
    if type(estimator).__name__.startswith(THREADED):
        return True
    # scikit-learn's other classes gain little, or spend n_jobs on processes
    can_set = hasattr(estimator, "get_params") and thread_parameter(estimator) is not None
    return can_set and _is_foreign(estimator)


def thread_parameter(estimator: Any) -> str | None:
    """What an estimator calls its number of threads, if it has one: its own before its parts'."""
    names = estimator.get_params(deep=True)
    counts = (name for name in names if name.rpartition("__")[2] in THREAD_PARAMETERS)
    return min(counts, key=lambda name: (name.count("__"), name), default=None)


def _unset_threads(estimator: Any) -> Iterator[str]:
    """Thread parameters left open where open does not mean one (scikit-learn's own do)."""
    parameters = estimator.get_params(deep=True)
    for name, value in parameters.items():
        owner, _, last = name.rpartition("__")
        part = parameters[owner] if owner else estimator
        if value is None and last in THREAD_PARAMETERS and _is_foreign(part):
            yield name


def _is_foreign(estimator: Any) -> bool:
    """Whether another package than scikit-learn wrote the constructor."""
    makers = (cls for cls in type(estimator).__mro__ if "__init__" in vars(cls))
    return next(makers).__module__.partition(".")[0] != "sklearn"


def _shuffles_unseeded(value: Any) -> bool:
    """Whether ``value`` is a splitter that would draw other folds at each call."""
    unseeded = getattr(value, "random_state", 0) is None
    return unseeded and hasattr(value, "split") and getattr(value, "shuffle", True)
