"""Base models that need no tuning: their settings come from the number of rows that they see."""

from causal_dask.models.boosted import BoostedClassifier, BoostedRegressor
from causal_dask.models.calibrated import calibrated
from causal_dask.models.splines import SplineClassifier, SplineRegressor

__all__ = [
    "BoostedClassifier",
    "BoostedRegressor",
    "SplineClassifier",
    "SplineRegressor",
    "calibrated",
]


def __dir__() -> list[str]:
    return __all__
