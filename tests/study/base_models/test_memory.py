"""Guesses at the memory of fits, by class."""

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from causal_dask.study.base_models.memory import MEMORY, Memory, memory_of


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (RandomForestRegressor(), MEMORY["RandomForest"]),
        (Ridge(), MEMORY["linear_model"]),
        (KNeighborsRegressor(), Memory()),
        (HistGradientBoostingRegressor(), MEMORY["HistGradientBoosting"]),
        (
            HistGradientBoostingRegressor(early_stopping=False),
            MEMORY["HistGradientBoosting"]._replace(by_value=7),
        ),
        (
            make_pipeline(StandardScaler(), Ridge()),
            MEMORY["linear_model"]._replace(copies=MEMORY["linear_model"].copies + 1),
        ),
        (
            CalibratedClassifierCV(LogisticRegression()),
            MEMORY["LogisticRegression"]._replace(copies=2),
        ),
    ],
    ids=str,
)
def test_a_class_is_found_by_its_name_and_what_it_wraps_by_its_own(model, found):
    assert memory_of(model) == found
