"""What base models can do, and what they declare of themselves."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import Pipeline


def offers(estimator: Any, method: str) -> bool:
    """Whether an estimator has a method; an unfitted stack shows it on its class only."""
    is_default_stack = getattr(estimator, "final_estimator", method) is None
    return hasattr(type(estimator) if is_default_stack else estimator, method)


def classifies(estimator: Any) -> bool:
    """Whether an estimator is a classifier: by its tags, or by predicting probabilities."""
    return is_classifier(estimator) if _has_tags(estimator) else hasattr(estimator, "predict_proba")


def regresses(estimator: Any) -> bool:
    """Whether an estimator says that it is a regressor."""
    return _has_tags(estimator) and bool(is_regressor(estimator))


def declares_categoricals(estimator: Any) -> bool:
    """Whether an estimator says that it takes pandas categories as they are."""
    if isinstance(estimator, Pipeline):
        return len(estimator.steps) == 1 and declares_categoricals(estimator.steps[-1][1])
    parameters = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    from_dtype = isinstance(parameters.get("categorical_features"), str)
    packages = {cls.__module__.partition(".")[0] for cls in type(estimator).__mro__}
    return "lightgbm" in packages or bool(parameters.get("enable_categorical")) or from_dtype


def _has_tags(estimator: Any) -> bool:
    return hasattr(estimator, "__sklearn_tags__")


def name_of(thing: Any) -> str:
    """The name of a class, or of an instance's class, for messages."""
    return thing.__name__ if isinstance(thing, type) else type(thing).__name__


DEVICES = ("device", "device_type", "task_type")
"""The parameters by which XGBoost, LightGBM and CatBoost choose a GPU."""


def uses_gpu(estimator: Any) -> bool:
    """Whether a model, or one that it wraps, is told to use a GPU."""
    found = estimator.get_params() if hasattr(estimator, "get_params") else {}
    return any(
        isinstance(value, str)
        and name.rpartition("__")[2] in DEVICES
        and value.lower().startswith(("cuda", "gpu"))
        for name, value in found.items()
    )
