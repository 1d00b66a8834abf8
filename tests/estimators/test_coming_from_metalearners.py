"""What users who change the import from metalearners would stumble over."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold

from causal_dask import CrossFitEstimator, DRLearner, FixedBinaryPropensity, InvalidInput, TLearner
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(150, n_features=4, random_state=0)
FRAME = pd.DataFrame(STUDY.X, columns=["a", "b", "c", "d"])


def effects(X, features):
    return learner_of(TLearner, feature_set=features).fit(X, STUDY.y, STUDY.w).predict(X)


@pytest.mark.parametrize("features", [[0, 2], [0, -2], ["a", "c"], [np.int64(0), "c"]])
def test_features_may_be_given_by_position_also_where_columns_have_names(features):
    expected = effects(STUDY.X, [0, 2])
    assert np.allclose(effects(FRAME, features), expected)
    assert np.allclose(effects(pl.DataFrame(FRAME), features), expected)


def test_a_number_that_names_another_column_than_its_position_is_refused():
    shuffled = FRAME.set_axis([1, 0, 2, 3], axis=1)
    with pytest.raises(InvalidInput, match="1, which is the name of one column and the position"):
        effects(shuffled, [1])
    assert np.allclose(effects(shuffled, [2]), effects(FRAME, [2]))
    in_order = FRAME.set_axis([0, 1, 2, 3], axis=1)
    assert np.allclose(effects(in_order, [1]), effects(FRAME, [1]))
    years = FRAME.set_axis([2019, 2020, 2021, 2022], axis=1)
    assert np.allclose(effects(years, [2020]), effects(FRAME, ["b"]))
    with pytest.raises(InvalidInput, match="names the unknown column 1"):
        effects(years, [1])


@pytest.mark.parametrize("position", [4, -5])
def test_positions_beyond_the_columns_are_refused(position):
    with pytest.raises(InvalidInput, match=f"names the unknown column {position}"):
        effects(FRAME, [position])


@pytest.mark.parametrize(("share", "arm"), [(0.7, 1), (0.3, 0)])
def test_a_fixed_propensity_fitted_to_one_arm_knows_both(share, arm):
    model = FixedBinaryPropensity(share).fit([[0.0]], [1])
    assert model.predict_proba([[0.0]]).tolist() == [[pytest.approx(1 - share), share]]
    assert model.predict([[0.0]]).tolist() == [arm]
    with pytest.raises(InvalidInput, match="all rows have the variant 'drug'"):
        FixedBinaryPropensity(share).fit([[0.0]], ["drug"])


@pytest.mark.parametrize("score", [-0.1, 1.1, "half", None])
def test_a_propensity_that_is_none_is_told_by_the_constructor(score):
    with pytest.raises(InvalidInput, match="'propensity_score' must be between 0 and 1"):
        FixedBinaryPropensity(score)


def test_a_model_fitted_by_itself_answers_before_the_learner_is_fitted():
    learner = learner_of(DRLearner).fit_nuisance(STUDY.X, STUDY.w, "propensity_model", 0)
    found = learner.predict_nuisance(STUDY.X, "propensity_model", 0, is_oos=False)
    alone = CrossFitEstimator(3, LogisticRegression, random_state=0).fit(STUDY.X, STUDY.w)
    assert found.shape == (150, 2)
    given = learner_of(DRLearner, propensity_model_factory=None, fitted_propensity_model=alone)
    same = given.predict_nuisance(STUDY.X, "propensity_model", 0, is_oos=True)
    assert np.array_equal(same, alone.predict_proba(STUDY.X, is_oos=True))


def test_cv_may_be_a_generator():
    folds = [*KFold(3).split(STUDY.X)]
    found = [
        learner_of(TLearner).fit(STUDY.X, STUDY.y, STUDY.w, cv=cv).predict(STUDY.X)
        for cv in (folds, (pair for pair in folds))
    ]
    assert np.array_equal(*found)


def test_a_cross_fit_that_fits_nothing_is_refused():
    model = CrossFitEstimator(1, LinearRegression, enable_overall=False)
    with pytest.raises(InvalidInput, match="n_folds=1 and enable_overall=False nothing is fitted"):
        model.fit(STUDY.X, STUDY.y)
