"""Tables are given to base models as these take them."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from lightgbm import LGBMRegressor
from sklearn.multioutput import MultiOutputRegressor

from causal_dask import TLearner
from causal_dask.errors import ModelFailed
from causal_dask.tasks.column_names import named_for

RNG = np.random.default_rng(0)
W, TOWN = np.arange(200) % 2, RNG.choice(["Bern", "Genf", "Zug"], 200)
FRAME = pd.DataFrame({"x": RNG.normal(size=200), "town": pd.Categorical(TOWN)})
Y = FRAME["x"].to_numpy() + (TOWN == "Zug") * (1 + W)
OTHERS = {"polars": pl.DataFrame, "Arrow": pa.Table.from_pandas}


def fitted(X):
    model = LGBMRegressor(n_estimators=5, verbose=-1)
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0).fit(X, Y, W)


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_lightgbm_takes_categories_of_other_libraries_as_of_pandas(make):
    expected, new = fitted(FRAME).predict(FRAME), FRAME.assign(x=0.0)
    learner = fitted(make(FRAME))  # LightGBM 4.7 ends the process where it is given such a table
    np.testing.assert_array_equal(learner.predict(make(FRAME)), expected)
    np.testing.assert_array_equal(learner.predict(make(new)), fitted(FRAME).predict(new))


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_words_that_lightgbm_refuses_are_named(make):
    with pytest.raises(ModelFailed, match="words in the column 'town'"):
        fitted(make(FRAME.assign(town=TOWN)))


def test_what_hands_tables_on_to_lightgbm_gets_them_so_too():
    inside = MultiOutputRegressor(LGBMRegressor())
    words, numbers = pl.DataFrame(FRAME), pl.DataFrame({"x": FRAME["x"].to_numpy()})
    assert isinstance(named_for(inside, words), pd.DataFrame)
    assert named_for(inside, numbers) is numbers
