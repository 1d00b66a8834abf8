"""The outcome or the variant among the covariates, or what is made of them, is told."""

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression

from causal_dask import CausalDaskWarning, InvalidInput, ModelFailed, TLearner
from causal_dask.datasets import make_study

STUDY = make_study(200, random_state=0)
LEARNER = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
COVARIATES = pd.DataFrame(STUDY.X[:, :5], columns=list("abcde"))
FRAME = COVARIATES.assign(y=STUDY.y, w=STUDY.w)


def in_polars(frame):
    return pl.DataFrame(frame.to_dict("list"))


@pytest.mark.parametrize("table", [pd.DataFrame, in_polars])
@pytest.mark.parametrize("role", ["y", "w"])
def test_a_column_that_is_given_too_is_refused(role, table):
    given = table(FRAME)
    with pytest.raises(InvalidInput, match=f"'X' has the column '{role}' with the values of"):
        LEARNER.fit(table(FRAME[[*COVARIATES, role]]), given["y"], given["w"])


@pytest.mark.parametrize("table", [pd.DataFrame.to_numpy, pd.DataFrame, in_polars])
def test_equal_values_under_another_name_are_told(table):
    X = table(COVARIATES.assign(total=STUDY.y))
    with pytest.warns(CausalDaskWarning, match="with the values of 'y', the outcome. If it is"):
        LEARNER.fit(X, STUDY.y, STUDY.w)


def test_few_rows_may_be_equal_by_chance():
    w = np.tile([0, 1], 6)
    LEARNER.fit(np.column_stack([w, np.arange(12)]), np.sin(np.arange(12)), w)


def test_a_column_of_this_name_with_other_values_is_a_covariate():
    before = COVARIATES.assign(y=STUDY.y + STUDY.X[:, 5])
    LEARNER.fit(before, pd.Series(STUDY.y, name="y"), STUDY.w)


def test_columns_of_words_are_compared_too():
    arm = pd.Series(np.array(["none", "drug"])[STUDY.w], name="arm")
    with pytest.raises(InvalidInput, match="'X' has the column 'arm' with the values of 'w'"):
        TLearner(**LEARNER.get_params(deep=False) | {"control": "none"}).fit(
            COVARIATES.assign(arm=arm), STUDY.y, arm
        )


def test_columns_with_missing_values_are_no_copies():
    gaps = pd.Series([*STUDY.w[:-1], pd.NA], dtype=object, name="w")
    with (
        pytest.warns(CausalDaskWarning, match="that has one value in all rows with the variant"),
        pytest.raises(ModelFailed, match="contains NaN"),
    ):
        LEARNER.fit(COVARIATES.assign(w=gaps), STUDY.y, pd.Series(STUDY.w, name="w"))


ANY_MODEL = TLearner(nuisance_model_factory=DummyRegressor, n_folds=2, random_state=0)
RISES = {
    "scaled": 3 * STUDY.y + 2,
    "logarithm": np.log(STUDY.y - STUDY.y.min() + 1),
    "rounded": STUDY.y.round(),
    "with gaps": np.where(np.arange(200) % 3, STUDY.y, np.nan),
    "above": STUDY.y > 0,
}


@pytest.mark.parametrize("made", RISES)
@pytest.mark.parametrize(("sign", "how"), [(1, "rises"), (-1, "falls")])
def test_a_column_made_of_the_outcome_is_told(made, sign, how):
    X = COVARIATES.assign(made=sign * RISES[made].astype(float))
    with pytest.warns(CausalDaskWarning, match=f"the column 'made' that {how} with 'y', the out"):
        ANY_MODEL.fit(X, STUDY.y, STUDY.w)


TREATED = STUDY.w == 1
FOLLOWS = {
    "negated": 1 - STUDY.w,
    "dose": np.where(TREATED, 1 + STUDY.X[:, 5] ** 2, 0),
    "words": np.where(TREATED, "drug", "none"),
    "with gaps": np.where(np.arange(200) % 9, 1 - STUDY.w, np.nan),
    "missing in control": np.where(TREATED, STUDY.X[:, 5], np.nan),
}


@pytest.mark.parametrize("table", [pd.DataFrame, in_polars])
@pytest.mark.parametrize("follows", FOLLOWS)
def test_a_column_that_follows_from_the_variant_is_told(follows, table):
    X = table(COVARIATES.assign(follows=FOLLOWS[follows]))
    with pytest.warns(CausalDaskWarning, match="'follows' that has one value in all rows with the"):
        ANY_MODEL.fit(X, STUDY.y, STUDY.w)


@pytest.mark.parametrize("column", [5.0 * TREATED, np.where(TREATED, STUDY.y, np.nan)])
def test_a_column_that_tells_two_outcomes_apart_is_told(column):
    learner = TLearner(nuisance_model_factory=DummyClassifier, n_folds=2, random_state=0)
    with pytest.warns(
        CausalDaskWarning, match="in all rows with the outcome [01] and in no others"
    ):
        learner.fit(COVARIATES.assign(died=column), STUDY.w, np.arange(200) % 2)


def test_the_first_rows_of_files_are_looked_at(tmp_path):
    FRAME.assign(made=-FRAME["y"], dose=5 * FRAME["w"]).to_parquet(tmp_path / "table.parquet")
    with pytest.warns(CausalDaskWarning) as told:
        LEARNER.fit(tmp_path / "table.parquet", "y", "w")
    assert ["'made' that falls" in str(told[0].message), "'dose'" in str(told[1].message)] == [
        True
    ] * 2


def test_the_first_partition_of_a_collection_is_looked_at():
    parts = dd.from_pandas(FRAME.assign(made=-FRAME["y"]), npartitions=2)
    with pytest.warns(
        CausalDaskWarning, match="falls with 'y', the outcome, in all rows of the fi"
    ):
        LEARNER.fit(parts, "y", "w")


def test_covariates_that_are_strong_or_rare_are_not_told():
    rng = np.random.default_rng(0)
    rare = np.arange(200) < 3
    X = COVARIATES.assign(before=STUDY.y + rng.normal(size=200) / 10, rare=rare, same=1.0)
    LEARNER.fit(X, STUDY.y, np.where(rare, 2, STUDY.w))


def test_braces_in_labels_are_text():
    labels = np.array(["{control}", "{0}"])[STUDY.w]
    learner = clone(LEARNER).set_params(control="{control}")
    with pytest.warns(CausalDaskWarning, match=r"all rows with the variant '\{"):
        learner.fit(COVARIATES.assign(given=STUDY.w * 2.0 + 1), STUDY.y, labels)
