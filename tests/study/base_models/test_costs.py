"""Guesses at the time of fits, by class."""

import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

from causal_dask.study.base_models.costs import SECONDS_PER_ROW, seconds_per_row


@pytest.mark.parametrize(
    ("model", "seconds"),
    [
        (RandomForestRegressor(50), 50 * SECONDS_PER_ROW["RandomForest"]),
        (GridSearchCV(Ridge(), {"alpha": [1, 2]}, cv=3), 6 * SECONDS_PER_ROW["linear_model"]),
    ],
    ids=str,
)
def test_a_forest_is_no_wrapper_of_its_tree(model, seconds):
    assert seconds_per_row(model) == pytest.approx(seconds)
