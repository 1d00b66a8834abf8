"""Simulation studies: many settings, replications and learners; resumable, on any scheduler."""

from causal_dask.studies.drawn import Drawn
from causal_dask.studies.forecast import Forecast
from causal_dask.studies.results import StudyResults
from causal_dask.studies.study import Study

__all__ = ["Drawn", "Forecast", "Study", "StudyResults"]


def __dir__() -> list[str]:
    return __all__
