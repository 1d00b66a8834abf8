"""New rows whose columns have no names, or others than in fit, are taken by position, and told."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import Ridge

from causal_dask import CausalDaskWarning, InvalidInput, TLearner, effect_importances
from causal_dask.datasets import make_study

STUDY = make_study(120, n_features=3, random_state=0)
X = STUDY.X
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
OTHER = FRAME.set_axis(["x", "y", "z"], axis=1)


def fitted(table):
    learner = TLearner(nuisance_model_factory=Ridge, n_folds=2, random_state=0)
    return learner.fit(table, STUDY.y, STUDY.w)


@pytest.mark.parametrize(
    ("fit_to", "asked", "said"),
    [
        (FRAME, X, "'X' has columns without names, and fit saw the columns 'a', 'b', 'c'."),
        (X, FRAME, "'X' has the columns 'a', 'b', 'c', and fit saw columns without names."),
        (FRAME, OTHER, "'X' has the columns 'x', 'y', 'z', and fit saw"),
        (FRAME, pd.DataFrame(X), "'X' has the columns 0, 1, 2, and fit saw"),
        (pl.DataFrame(FRAME), X, "'X' has columns without names"),
        (pl.DataFrame(FRAME), pl.DataFrame(OTHER), "'X' has the columns 'x', 'y', 'z'"),
    ],
)
@pytest.mark.parametrize("shift", [0, 1])
def test_columns_are_taken_by_position_with_a_warning(fit_to, asked, said, shift):
    learner = fitted(fit_to)
    expected = learner.predict(fit_to + shift, is_oos=True if shift else None)
    with pytest.warns(CausalDaskWarning, match=re.escape(said)):
        found = learner.predict(asked + shift, is_oos=True if shift else None)
    np.testing.assert_allclose(found, expected)


def test_the_training_rows_are_recognised_without_their_names():
    learner = fitted(FRAME)
    with pytest.warns(CausalDaskWarning, match="by their position"):
        found = learner.predict(X, is_oos=False)
    np.testing.assert_allclose(found, learner.predict(FRAME, is_oos=False))
    with pytest.warns(CausalDaskWarning, match="by their position"):
        table = effect_importances(learner, X)
    assert set(table["covariate"]) == {"a", "b", "c"}


@pytest.mark.filterwarnings("ignore:'X' has the columns")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (FRAME[["b", "a", "c"]], "in another order"),
        (FRAME.rename(columns={"c": "z"}), "missing ['c']; not known from fit ['z']"),
        (OTHER[["x", "y"]], "missing ['a', 'b', 'c']"),
        (X[:, :2], "'X' was a pandas DataFrame in fit and is an array now"),
        (OTHER.assign(z="word"), "The column 'c' of 'X' held numbers in fit and holds words"),
    ],
)
def test_what_contradicts_the_positions_is_refused(asked, said):
    with pytest.raises(InvalidInput, match=re.escape(said)):
        fitted(FRAME).predict(asked, is_oos=True)


def test_words_where_an_array_was_fitted_are_refused():
    with pytest.raises(InvalidInput, match="columns \\['c'\\] hold other values than numbers"):
        fitted(X).predict(FRAME.assign(c="word"), is_oos=True)
