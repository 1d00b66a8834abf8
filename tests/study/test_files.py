"""Learners take paths, and names of columns for y, w, weights and groups."""

import re
import subprocess
import sys
from functools import partial
from itertools import product

import dask
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from xgboost import XGBRegressor

from causal_dask import (
    CausalDaskWarning,
    CrossFitEstimator,
    InvalidInput,
    SLearner,
    TLearner,
    XLearner,
)
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

STUDY = make_study(300, n_variants=2, random_state=0)
ROWS = np.ascontiguousarray(np.asarray(STUDY.X))
COVARIATES = pd.DataFrame(ROWS, columns=[f"x{n}" for n in range(ROWS.shape[1])], copy=False)
WEIGHTS = np.random.default_rng(0).uniform(1, 2, 300)
GROUPS = np.repeat(np.arange(60), 5)
TABLE = COVARIATES.assign(outcome=STUDY.y, arm=STUDY.w, size=WEIGHTS, village=GROUPS)


def alike(one, other):
    """Equal but for rounding: linear models add up in the order that numbers have in memory."""
    return np.allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.fixture(autouse=True)
def spooled(tmp_path):
    with dask.config.set({"temporary-directory": str(tmp_path / "spool")}):
        yield


@pytest.fixture
def path(tmp_path):
    TABLE.to_parquet(tmp_path / "study.parquet")
    return tmp_path / "study.parquet"


dr_learner = partial(learner_of, n_folds=2)


def test_a_path_with_names_of_columns_is_the_same_as_arrays(path):
    there = dr_learner().fit(path, "outcome", "arm", sample_weight="size", groups="village")
    here = dr_learner().fit(COVARIATES, STUDY.y, STUDY.w, sample_weight=WEIGHTS, groups=GROUPS)
    assert alike(there.predict(path), here.predict(COVARIATES))
    assert alike(there.predict(path, is_oos=True), here.predict(COVARIATES, is_oos=True))
    assert there.average_treatment_effect().estimate == here.average_treatment_effect().estimate
    assert there.evaluate(path, "outcome", "arm") == here.evaluate(COVARIATES, STUDY.y, STUDY.w)


def test_a_learner_of_files_predicts_frames_and_the_reverse(path):
    there = dr_learner().fit(path, "outcome", "arm", sample_weight="size", groups="village")
    new = COVARIATES.iloc[:9] + 1
    new.to_parquet(path.with_name("new.parquet"))
    predicted = there.predict(path.with_name("new.parquet"))
    assert alike(predicted, there.predict(new.reset_index(drop=True)))
    assert there.feature_names_in_.tolist() == COVARIATES.columns.tolist()


def test_columns_that_no_model_sees_are_not_read(path):
    chosen = dr_learner(feature_set=["x0", "x2"])
    learner = chosen.fit(path, "outcome", "arm")
    assert learner.feature_names_in_.tolist() == ["x0", "x2"]
    here = dr_learner(feature_set=["x0", "x2"]).fit(COVARIATES, STUDY.y, STUDY.w)
    assert np.allclose(learner.predict(path), here.predict(COVARIATES), rtol=1e-12)


def test_words_and_categories_in_files_reach_the_models_as_in_pandas(path):
    mixed = COVARIATES.assign(kind=pd.Categorical(GROUPS % 3), number=GROUPS)
    mixed.to_parquet(path)
    learners = [
        SLearner(
            nuisance_model_factory=LGBMRegressor,
            nuisance_model_params={"verbosity": -1, "n_estimators": 5},
            n_folds=2,
            random_state=0,
        ).fit(X, STUDY.y, STUDY.w)
        for X in (path, mixed)
    ]
    assert np.array_equal(learners[0].predict(path), learners[1].predict(mixed))


def test_an_array_file_is_the_same_as_the_array(tmp_path):
    np.save(tmp_path / "x.npy", ROWS)
    there = dr_learner().fit(tmp_path / "x.npy", STUDY.y, STUDY.w)
    here = dr_learner().fit(ROWS, STUDY.y, STUDY.w)
    assert alike(there.predict(tmp_path / "x.npy"), here.predict(ROWS))
    assert alike(there.predict(ROWS, is_oos=True), here.predict(ROWS, is_oos=True))


def test_models_see_float32_where_files_hold_float32(tmp_path):
    COVARIATES.astype(np.float32).to_parquet(tmp_path / "x.parquet")

    class Seen(LinearRegression):
        def fit(self, X, y):
            self.dtypes_ = set(X.dtypes)
            return super().fit(X, y)

    learner = TLearner(nuisance_model_factory=Seen, n_folds=2, random_state=0)
    learner.fit(tmp_path / "x.parquet", STUDY.y, STUDY.w)
    seen = [
        model.dtypes_ for model in learner._fitted.results.values() if hasattr(model, "dtypes_")
    ]
    assert seen == [{np.dtype(np.float32)}] * 6


def test_known_propensities_may_be_a_column_of_a_file(tmp_path):
    known = COVARIATES.assign(p=0.4)
    known.to_parquet(tmp_path / "x.parquet")
    there = dr_learner().fit(tmp_path / "x.parquet", STUDY.y, STUDY.w, propensities="p")
    here = dr_learner().fit(known, STUDY.y, STUDY.w, propensities="p")
    assert there.average_treatment_effect().estimate == pytest.approx(
        here.average_treatment_effect().estimate, rel=1e-12
    )


def test_fitting_again_on_the_same_files_runs_no_fit(path):
    learner = dr_learner().fit(path, "outcome", "arm")
    before = learner._fitted.results
    after = learner.fit(path, "outcome", "arm")._fitted.results
    assert all(after[key] is before[key] for key in before)


SHUFFLED = TABLE.sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("y", SHUFFLED["outcome"]),
        ("w", SHUFFLED["arm"]),
        ("sample_weight", SHUFFLED["size"]),
        ("groups", SHUFFLED["village"]),
        ("cv", SHUFFLED["village"] % 3),
        ("propensities", pd.DataFrame({0: 0.5, 1: 0.5}, index=SHUFFLED.index)),
        ("fit_params", {"sample_weight": SHUFFLED["size"]}),
    ],
)
def test_a_column_in_another_order_than_the_files_of_pandas_is_refused(argument, values, path):
    COVARIATES.to_parquet(path)
    given = {"y": STUDY.y, "w": STUDY.w, argument: values}
    name = "sample_weight" if argument == "fit_params" else argument
    with pytest.raises(InvalidInput, match=f"indices of 'X' and '{name}' differ"):
        dr_learner().fit(path, **given)


INDICES = {
    "a range": pd.RangeIndex(900, 300, -2),
    "numbers": pd.Index(np.random.default_rng(0).permutation(300), name="person"),
    "words": pd.Index([f"person {n}" for n in range(300)]),
    "two levels": pd.MultiIndex.from_arrays([GROUPS, np.tile(range(5), 60)]),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_a_column_with_the_index_of_files_belongs_to_their_rows(index, path):
    COVARIATES.set_axis(index).to_parquet(path)
    y = pd.Series(STUDY.y, index)
    dr_learner().plan(path, y, STUDY.w)
    with pytest.raises(InvalidInput, match="indices of 'X' and 'y' differ"):
        dr_learner().plan(path, y[::-1], STUDY.w)


def test_files_that_each_count_their_rows_from_0_have_no_index(tmp_path):
    for part in range(3):
        rows = COVARIATES[part * 100 : part * 100 + 100].reset_index(drop=True)
        rows.to_parquet(tmp_path / f"{part}.parquet")
    dr_learner().plan(tmp_path, pd.Series(STUDY.y), pd.Series(STUDY.w))
    with pytest.warns(CausalDaskWarning, match="The pandas index of 'y' counts the rows"):
        dr_learner().plan(tmp_path, SHUFFLED["outcome"], STUDY.w)


BAD = [
    ({"y": "outcom"}, "'y' names the column 'outcom', which 'X' does not have. It has the columns 'x0', 'x1', 'x2', 'x3', 'x4', 'outcome', 'arm', 'size', 'village'."),
    ({"w": "treated"}, "'w' names the column 'treated', which 'X' does not have. It has the columns 'x0', 'x1', 'x2', 'x3', 'x4', 'outcome', 'arm', 'size', 'village'."),
    ({"y": None}, "'y' is None. Pass the name of a column of 'X', or an array of its rows."),
    ({"y": np.ones(7)}, "'X', 'y' and 'w' must have as many rows as each other: 'X' has 300, 'y' has 7, 'w' has 300."),
    ({"groups": "vilage"}, "'groups' names the column 'vilage', which 'X' does not have. It has the columns 'x0', 'x1', 'x2', 'x3', 'x4', 'outcome', 'arm', 'size', 'village'."),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), BAD)
def test_what_is_wrong_with_named_columns_is_said_before_anything_runs(wrong, said, path):
    names = [f"x{n}" for n in range(5)]
    TABLE[[*names, "outcome", "arm", "size", "village"]].to_parquet(path)
    with pytest.raises(InvalidInput, match=f"^{re.escape(said)}$"):
        dr_learner().fit(**{"X": path, "y": "outcome", "w": "arm", **wrong})


def test_names_of_columns_of_an_array_file_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", ROWS)
    said = "'y' names the column 'outcome', but 'X' has no names. Pass an array."
    with pytest.raises(InvalidInput, match=f"^{re.escape(said)}$"):
        dr_learner().fit(tmp_path / "x.npy", "outcome", STUDY.w)


def test_prediction_of_files_without_the_columns_of_fit_is_refused(path):
    learner = dr_learner().fit(COVARIATES, STUDY.y, STUDY.w)
    TABLE[["x0", "arm"]].to_parquet(path)
    with pytest.raises(
        InvalidInput,
        match=r"^'X' lacks the columns \['x1', .*\] of fit\. It has the columns 'x0', 'arm'\.$",
    ):
        learner.predict(path)


def test_models_fitted_on_other_rows_cannot_be_matched_to_files(path):
    model = CrossFitEstimator(2, LinearRegression, random_state=0).fit(COVARIATES, STUDY.y)
    learner = XLearner(
        nuisance_model_factory=LinearRegression,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression,
        fitted_nuisance_models={"variant_outcome_model": [model, model]},
        n_folds=2,
        random_state=0,
    )
    with pytest.raises(InvalidInput, match="rows in files cannot be compared one by one"):
        learner.fit(path, "outcome", "arm")


SCRIPT = """
import sys
sys.modules["pyarrow"] = None
from causal_dask import MissingExtra, TLearner
from sklearn.linear_model import LinearRegression
try:
    TLearner(nuisance_model_factory=LinearRegression).fit(sys.argv[1], "y", "w")
except MissingExtra as error:
    print(error)
"""


def test_reading_files_without_pyarrow_names_the_extra(path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        "This needs the package 'pyarrow', which is not installed. Install it with: pip install "
        "'causal-dask[parquet]'"
    )


def test_the_stages_apart_take_files_too(path):
    apart = dr_learner().fit_all_nuisance(path, "outcome", "arm")
    apart.fit_all_treatment(path, "outcome", "arm")
    together = dr_learner().fit(path, "outcome", "arm")
    assert alike(apart.predict(path), together.predict(path))


def test_new_rows_get_the_kinds_of_columns_that_a_fit_saw_in_files(tmp_path):
    rng = np.random.default_rng(0)
    codes, w = rng.integers(0, 3, 300), rng.integers(0, 2, 300)
    town = np.array(["a", "b", "c"])[codes]
    frame = pd.DataFrame({"town": pd.Categorical(town), "x": rng.normal(size=300)})
    y = np.array([0.0, 3, -3])[codes] * w + 0.1 * rng.normal(size=300)
    frame.to_parquet(tmp_path / "x.parquet")
    model = {"enable_categorical": True, "n_estimators": 20, "max_depth": 2}
    fitted = [
        TLearner(
            nuisance_model_factory=XGBRegressor, nuisance_model_params=model, n_folds=2,
            random_state=0,
        ).fit(X, y, w)
        for X in (frame, str(tmp_path / "x.parquet"))
    ]  # fmt: skip
    new = frame.head(20)
    expected = fitted[0].predict(new, is_oos=True)
    reordered = new.assign(town=new["town"].cat.reorder_categories(["c", "b", "a"]))
    for rows in (reordered, new.assign(town=new["town"].astype(str))):
        rows.to_parquet(tmp_path / "new.parquet")
        for learner, X in product(fitted, (rows, str(tmp_path / "new.parquet"))):
            assert np.array_equal(learner.predict(X, is_oos=True), expected)
    new.assign(x="high").to_parquet(tmp_path / "new.parquet")
    for learner, X in product(fitted, (new.assign(x="high"), str(tmp_path / "new.parquet"))):
        with pytest.raises(InvalidInput, match="'x' of 'X' held numbers in fit and holds words"):
            learner.predict(X, is_oos=True)
