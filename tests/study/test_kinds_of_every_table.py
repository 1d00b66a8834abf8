"""The rules for kinds of columns are the same for pandas, Dask, files, polars and Arrow."""

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xgboost
from lightgbm import LGBMRegressor
from xgboost import XGBRegressor

from causal_dask import CausalDaskWarning, InvalidInput, TLearner
from causal_dask.study.tables.kinds_of_fit import kinds_of_table
from causal_dask.study.tables.table import checked_table

LEVEL = np.tile([0, 1, 2, 3], 60)
W = np.repeat([0, 1], 120)
EFFECTS = np.array([0.0, 1.0, 2.0, 5.0])
Y = EFFECTS[LEVEL] * W
TENS = LEVEL * 10 + 10
WORDS = np.array(["a", "b", "c", "d"])
BOOST = XGBRegressor(n_estimators=30, max_depth=3, enable_categorical=True, n_jobs=1)


def pandas(values, _):
    return pd.DataFrame({"x": np.zeros(len(values)), "c": values})


def dask(values, _):
    return dd.from_pandas(pandas(values, _), npartitions=2)


def file(values, folder):
    path = folder / "rows.parquet"
    pandas(values, folder).to_parquet(path)
    return path


def polars(values, dtype=None):
    return pl.DataFrame({"x": np.zeros(len(values)), "c": pl.Series(values, dtype=dtype)})


def arrow(values, as_dictionary=False):
    column = pa.array(values)
    made = column.dictionary_encode() if as_dictionary else column
    return pa.table({"x": np.zeros(len(values)), "c": made})


def fitted(X, model=BOOST):
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0).fit(X, Y, W)


def effects(learner, X):
    return learner.predict(X, is_oos=True)[:, 0, 0]


NEW = {
    "numbers, then categories of numbers": (TENS, pd.Categorical([10, 20, 30, 40])),
    "categories of numbers, then numbers": (pd.Categorical(TENS), [10, 20, 30, 40]),
    "categories, then words": (pd.Categorical(WORDS[LEVEL]), WORDS.astype(object)),
    "another order": (pd.Categorical(WORDS[LEVEL]), pd.Categorical(WORDS, categories=WORDS[::-1])),
}


@pytest.mark.parametrize("there", [pandas, dask, file])
@pytest.mark.parametrize("here", [pandas, dask, file])
@pytest.mark.parametrize(("then", "now"), NEW.values(), ids=NEW)
def test_values_are_matched_whatever_tables_fit_and_predict_were_given(
    then, now, here, there, tmp_path
):
    learner = fitted(here(then, tmp_path))
    # levels are 1 apart or more
    np.testing.assert_allclose(effects(learner, there(now, tmp_path)), EFFECTS, atol=0.3)


REFUSED = {
    "words for numbers": (LEVEL, ["0", "1"], "held numbers in fit and holds words now"),
    "dates for numbers": (
        LEVEL,
        pd.to_datetime(["2020-01-01"] * 2),
        "numbers in fit and holds dat",
    ),
    "numbers for truth values": (LEVEL > 1, [0, 3], "held truth values in fit and holds numbers"),
    "others for categories": (pd.Categorical(WORDS[LEVEL]), [1, 2], "none of the categories"),
}


@pytest.mark.parametrize("here", [pandas, dask])
@pytest.mark.parametrize(("then", "now", "message"), REFUSED.values(), ids=REFUSED)
def test_other_kinds_in_a_collection_are_refused_before_a_model_is_asked(then, now, message, here):
    learner = fitted(here(then, None))
    with pytest.raises(InvalidInput, match=f"column 'c' of 'X' .*{message}"):
        learner.predict(dask(now, None), is_oos=True)


def test_unknown_categories_are_counted_over_all_partitions():
    learner = fitted(
        pandas(pd.Categorical(WORDS[LEVEL]), None), LGBMRegressor(verbose=-1, n_estimators=5)
    )
    new = dask(pd.Categorical(["y", "z", "a", "z"]), None)  # the first has none that is known
    with pytest.warns(CausalDaskWarning, match="'y', 'z'. They are missing values in 3 rows"):
        effects(learner, new)


takes_categories = pytest.mark.skipif(
    int(xgboost.__version__.partition(".")[0]) < 3,
    reason="XGBoost takes categories of polars and Arrow since version 3",
)

OTHER_FRAMES = {
    "polars, codes": (polars(LEVEL), polars(list("3210"), pl.Categorical), "holds categories now"),
    "polars, words": (polars(LEVEL), polars(list("0123")), "holds words now"),
    "polars, dates": (polars(LEVEL), polars(pd.to_datetime(["2020-01-01"])), "holds dates now"),
    "polars, numbers": (polars(LEVEL > 1), polars([0, 3]), "truth values in fit and holds numbers"),
    "arrow, codes": (arrow(LEVEL), arrow(list("3210"), True), "holds categories now"),
    "arrow, words": (arrow(LEVEL), arrow(list("3210")), "holds words now"),
}


@pytest.mark.parametrize(("then", "now", "message"), OTHER_FRAMES.values(), ids=OTHER_FRAMES)
def test_other_kinds_in_a_frame_of_another_library_are_refused(then, now, message):
    with pytest.raises(InvalidInput, match=message):
        fitted(then).predict(now, is_oos=True)


@takes_categories
def test_unknown_categories_in_a_frame_of_another_library_are_refused():
    with pytest.raises(InvalidInput, match="none of the categories of fit"):
        fitted(polars(WORDS[LEVEL], pl.Categorical)).predict(polars(["z"]), is_oos=True)


MATCHED = {
    "words": (polars(WORDS[LEVEL], pl.Enum(WORDS)), polars(WORDS)),
    "an enum of another order": (polars(WORDS[LEVEL], pl.Enum(WORDS)), polars(WORDS, pl.Enum(WORDS[::-1]))),
    "categories for an enum": (polars(WORDS[LEVEL], pl.Enum(WORDS)), polars(WORDS, pl.Categorical)),
    "words for categories": (polars(WORDS[LEVEL], pl.Categorical), polars(WORDS)),
    "floats": (polars(LEVEL), polars([0.0, 1.0, 2.0, 3.0])),
    "words in Arrow": (arrow(WORDS[LEVEL], True), arrow(WORDS)),
    "a dictionary in Arrow": (arrow(WORDS[LEVEL][::-1], True), arrow(WORDS, True)),
}  # fmt: skip


@takes_categories
@pytest.mark.parametrize(("then", "now"), MATCHED.values(), ids=MATCHED)
def test_values_are_matched_in_frames_of_other_libraries(then, now):
    learner = TLearner(nuisance_model_factory=BOOST, n_folds=2, random_state=0)
    in_order = Y[::-1] if then["c"][0] == arrow(WORDS[::-1], True)["c"][0] else Y
    w = W[::-1] if in_order is not Y else W
    found = effects(learner.fit(then, in_order, w), now)
    np.testing.assert_allclose(found, EFFECTS, atol=0.3)  # levels are 1 apart or more


@pytest.mark.parametrize("make", [polars, arrow])
def test_training_rows_of_other_frames_are_known_in_another_dtype(make):
    table = checked_table(make(LEVEL))
    again = checked_table(make(LEVEL.astype(float))).like(table.columns)
    assert again.node.key == table.node.key


def test_a_collection_has_the_kinds_of_all_its_partitions():
    words = pd.array([None, None, "a", "b"], dtype="string")
    rows = pd.DataFrame({"c": words, "d": [1, 2, 3, 4]})
    parts = dd.from_map(lambda n: rows[n * 2 : n * 2 + 2], range(2), meta=rows[:0])
    table = checked_table(parts).split_off(["c", "d"], [])[0]
    assert [kind.holds for kind in kinds_of_table(table)] == ["words", "numbers"]


def test_times_with_and_without_a_zone_are_not_the_same():
    days = pd.date_range("2020-01-01", periods=4)
    for make in (lambda t: pandas(t, None), lambda t: pl.DataFrame({"c": pl.Series("c", t)})):
        trained = checked_table(make(days)).columns
        with pytest.raises(
            InvalidInput, match="dates without a time zone in fit and holds dates w"
        ):
            checked_table(make(days.tz_localize("UTC"))).like(trained)
