"""Learners take Dask DataFrames and Arrays, whose partitions stay where they are."""

import re
import subprocess
import sys
from functools import partial

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.linear_model import LinearRegression

from causal_dask import (
    CausalDaskError,
    CausalDaskWarning,
    CrossFitEstimator,
    InvalidInput,
    SLearner,
)
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(300, n_variants=2, random_state=0)
ROWS = np.ascontiguousarray(np.asarray(STUDY.X))
COVARIATES = pd.DataFrame(ROWS, columns=[f"x{n}" for n in range(ROWS.shape[1])], copy=False)
WEIGHTS = np.random.default_rng(0).uniform(1, 2, 300)
GROUPS = np.repeat(np.arange(60), 5)
TABLE = COVARIATES.assign(outcome=STUDY.y, arm=STUDY.w, size=WEIGHTS, village=GROUPS)
PARTS = dd.from_pandas(TABLE, npartitions=4)
ARRAY = da.from_array(ROWS, chunks=(70, 3))
NAMED = ("outcome", "arm")


def alike(one, other):
    """Equal but for rounding: linear models add up in the order that numbers have in memory."""
    return np.allclose(one, other, rtol=1e-10, atol=1e-12)


dr_learner = partial(learner_of, n_folds=2)


@pytest.fixture(scope="module")
def here():
    return dr_learner().fit(ROWS, STUDY.y, STUDY.w)


def test_a_dask_dataframe_is_the_same_as_arrays():
    there = dr_learner().fit(PARTS, *NAMED, sample_weight="size", groups="village")
    here = dr_learner().fit(ROWS, STUDY.y, STUDY.w, sample_weight=WEIGHTS, groups=GROUPS)
    assert alike(there.predict(PARTS), here.predict(ROWS))
    assert alike(there.predict(PARTS, is_oos=True), here.predict(ROWS, is_oos=True))
    assert there.average_treatment_effect().estimate == here.average_treatment_effect().estimate
    assert list(there.evaluate(PARTS, *NAMED).values()) == list(
        here.evaluate(ROWS, STUDY.y, STUDY.w).values()
    )


@pytest.mark.parametrize(
    ("X", "y", "w"),
    [
        (PARTS[list(COVARIATES)], PARTS["outcome"], PARTS["arm"]),
        (PARTS[list(COVARIATES)], STUDY.y, STUDY.w),
        (ARRAY, da.from_array(STUDY.y, chunks=70), da.from_array(STUDY.w, chunks=70)),
        (ROWS, da.from_array(STUDY.y, chunks=70), PARTS["arm"]),
    ],
    ids=["series", "arrays in memory", "dask arrays", "X in memory"],
)
def test_outcomes_and_variants_may_be_collections_or_arrays(X, y, w, here):
    there = dr_learner().fit(X, y, w)
    assert alike(there.predict(X), here.predict(ROWS))


def test_new_rows_in_a_collection_are_predicted(here):
    new = ROWS + 1
    expected = here.predict(new)
    assert alike(here.predict(da.from_array(new, chunks=(90, 2))), expected)
    named = dr_learner().fit(PARTS[[*COVARIATES, *NAMED]], *NAMED)
    frame = dd.from_pandas(pd.DataFrame(new, columns=COVARIATES.columns), npartitions=3)
    assert alike(named.predict(frame), expected)


def test_columns_that_no_model_sees_stay_where_they_are():
    learner = dr_learner(feature_set=["x0", "x2"]).fit(PARTS, *NAMED)
    assert learner.feature_names_in_.tolist() == ["x0", "x2"]


def test_words_and_categories_reach_the_models_as_in_pandas():
    mixed = COVARIATES.assign(kind=pd.Categorical(GROUPS % 3), number=GROUPS)
    learners = [
        SLearner(
            nuisance_model_factory=LGBMRegressor,
            nuisance_model_params={"verbosity": -1, "n_estimators": 5},
            n_folds=2,
            random_state=0,
        ).fit(X, STUDY.y, STUDY.w)
        for X in (dd.from_pandas(mixed, npartitions=3), mixed)
    ]
    assert np.array_equal(*(learner.predict(mixed, is_oos=True) for learner in learners))


def test_partitions_are_read_once_though_many_fits_need_them():
    reads = []

    def read(number):
        reads.append(number)
        return TABLE[number * 100 : (number + 1) * 100]

    with dask.config.set(scheduler="synchronous"):
        dr_learner().fit(dd.from_map(read, range(3), meta=TABLE), *NAMED)
    assert sorted(reads) == [0, 1, 2]


def test_a_cross_fitted_model_takes_collections(here):
    model = CrossFitEstimator(2, LinearRegression, random_state=0)
    parts = PARTS[[*COVARIATES, "outcome"]]
    there = model.fit(parts, "outcome").predict(parts)
    assert alike(there, model.fit(ROWS, STUDY.y).predict(ROWS))


SHUFFLED = TABLE.sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("y", SHUFFLED["outcome"]),
        ("y", dd.from_pandas(SHUFFLED["outcome"], npartitions=4, sort=False)),
        ("w", SHUFFLED["arm"]),
        ("sample_weight", SHUFFLED["size"]),
        ("groups", SHUFFLED["village"]),
        ("cv", SHUFFLED["village"] % 3),
        ("propensities", pd.DataFrame({0: 0.5, 1: 0.5}, index=SHUFFLED.index)),
    ],
)
def test_a_column_in_another_order_is_refused(argument, values):
    given = {"y": STUDY.y, "w": STUDY.w, argument: values}
    with pytest.raises(InvalidInput, match=f"indices of 'X' and '{argument}' differ"):
        dr_learner().fit(PARTS[list(COVARIATES)], **given)


def test_partitions_that_count_their_rows_from_0_have_no_index():
    counted = PARTS[list(COVARIATES)].map_partitions(lambda part: part.reset_index(drop=True))
    y, w = (pd.Series(each, index=SHUFFLED.index) for each in (STUDY.y, STUDY.w))
    with pytest.warns(CausalDaskWarning, match="The pandas index of 'y' and 'w' counts the rows"):
        there = dr_learner().fit(counted, y, w).average_treatment_effect()
    here = dr_learner().fit(COVARIATES, STUDY.y, STUDY.w).average_treatment_effect()
    assert alike(there.estimate, here.estimate)


BAD = [
    ({"y": "outcom"}, "'y' names the column 'outcom', which 'X' does not have. It has the columns 'x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'outcome', 'arm', 'size', 'village'."),
    ({"y": None}, "'y' is None. Pass the name of a column of 'X', or an array of its rows."),
    ({"y": PARTS["outcome"].repartition(npartitions=2)}, "'y' has partitions of 150, 150 rows, and 'X' of 75, 75, 75, 75, so their rows may not belong together. Repartition one as the other, or make it a column of 'X'."),
    ({"X": PARTS["x0"]}, "'X' must have rows and columns: a Dask DataFrame or a 2-d Dask Array. Got Series."),
    ({"X": dask.delayed(1)}, "'X' must have rows and columns: a Dask DataFrame or a 2-d Dask Array. Got DelayedLeaf."),
    ({"y": PARTS[["outcome"]]}, "'y' must be one column: a Dask Series or a 1-d Dask Array. Got DataFrame."),
    ({"X": PARTS.assign(kind=PARTS["village"].astype("category"))}, "The categories of the columns ['kind'] of 'X' may differ between partitions. Call X.categorize() first."),
    ({"X": ARRAY}, "'y' names the column 'outcome', but 'X' has no names. Pass an array."),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), BAD)
def test_what_is_wrong_with_a_collection_is_said_before_any_model_is_fitted(wrong, said):
    with pytest.raises(CausalDaskError, match=f"^{re.escape(said)}$"):
        dr_learner().fit(**{"X": PARTS, "y": "outcome", "w": "arm", **wrong})


def test_prediction_of_a_collection_without_the_columns_of_fit_is_refused():
    learner = dr_learner().fit(COVARIATES, STUDY.y, STUDY.w)
    with pytest.raises(
        InvalidInput,
        match=r"^'X' lacks the columns \['x1', .*\] of fit\. It has the columns 'x0', 'arm'\.$",
    ):
        learner.predict(PARTS[["x0", "arm"]])


def test_dask_dataframes_are_not_imported_by_the_package():
    code = (
        "import sys, causal_dask; print('dask.dataframe' in sys.modules, 'pyarrow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False")
