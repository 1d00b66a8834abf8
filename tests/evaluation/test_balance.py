"""Balance before and after weighting, against closed forms, in every kind of table."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

from causal_dask import (
    CausalDaskWarning,
    InvalidInput,
    InvalidType,
    SLearner,
    balance_table,
    overlap_report,
)
from causal_dask.datasets import make_study
from causal_dask.evaluation import numeric_covariates as covariates

FOLLOWS = "ignore:.*that has one value in all rows with the variant"
HAND = np.array([[1.0], [3.0], [2.0], [6.0]])
HAND_W = np.array([0, 0, 1, 1])


def by_covariate(table):
    return table.set_index("covariate")[["before", "after"]]


@pytest.fixture(scope="module")
def fit(learner, cells):
    """Fits a learner to the cells, with some other table of covariates if one is given."""

    def fitted(X=None, **options):
        numbers, y, w, frequencies = cells
        changes = {"feature_set": []}  # the models are not what is tested here
        options = {"propensities": frequencies} | options
        return learner(**changes).fit(numbers if X is None else X, y, w, **options)

    return fitted


def test_a_difference_worked_out_by_hand(learner):
    # means 4 and 2, variances 8 and 2; weights 1 / 0.4 and 1 / 0.8 move the treated mean to 10 / 3
    e = np.array([0.5, 0.5, 0.4, 0.8])
    fitted = learner(feature_set=[]).fit(HAND, HAND[:, 0], HAND_W, propensities=e)
    table = balance_table(fitted, HAND)
    assert table.columns.tolist() == ["variant", "covariate", "before", "after"]
    assert table.iloc[0, :2].tolist() == [1, "x0"]
    assert table.iloc[0, 2:].tolist() == pytest.approx([2 / np.sqrt(5), (10 / 3 - 2) / np.sqrt(5)])


def test_the_frequencies_of_cells_balance_them_exactly(fit, cells):
    table = balance_table(fit(), cells[0])
    assert table["before"].abs().max() > 0.3
    assert table["after"].abs().max() < 1e-12  # sums of 1,200 terms of order one


def test_true_propensities_balance_but_for_chance(learner):
    study = make_study(20_000, n_variants=3, random_state=0)
    fitted = learner(feature_set=[]).fit(study.X, study.y, study.w, propensities=study.propensities)
    table, rows = balance_table(fitted, study.X), overlap_report(fitted).summary["effective_rows"]
    chance = np.sqrt(1 / rows[0] + 1 / table["variant"].map(rows))  # of a mean with unit variance
    assert (table["before"].abs() / chance).max() > 20
    assert (table["after"].abs() / chance).max() < 4  # 12 of them


def test_in_a_randomised_trial_weighting_changes_nothing(learner):
    trial = make_study(2_000, confounding=0.0, random_state=0)
    fitted = learner(feature_set=[]).fit(trial.X, trial.y, trial.w, propensities=0.3)
    table = balance_table(fitted, trial.X)
    assert table["after"].tolist() == pytest.approx(table["before"].tolist(), abs=1e-12)
    assert table["before"].abs().max() < 4 * np.sqrt(2 / 1_000)


def test_every_treatment_is_compared_with_control_by_its_label(learner, cells):
    X, y, w, frequencies = cells
    labels = np.array(["none", "high", "low"])[w]
    fitted = learner(control="none").fit(X, y, labels, propensities=frequencies)
    table = balance_table(fitted, X)
    assert table["variant"].tolist() == ["high", "high", "low", "low"]
    by_hand = X[w == 2, 1].mean() - X[w == 0, 1].mean()
    spread = np.sqrt((X[w == 2, 1].var(ddof=1) + X[w == 0, 1].var(ddof=1)) / 2)
    assert table["before"].iloc[3] == pytest.approx(by_hand / spread)


FRAME = pd.DataFrame({"a": [0.5, 1.5, 2.0, 7.0] * 300, "b": [True, False, True] * 400})
TABLES = {
    "pandas": FRAME,
    "pandas, nullable": FRAME.convert_dtypes(),
    "pandas, objects": FRAME.astype(object),
    "polars": pl.from_pandas(FRAME),
    "arrow": pa.table({name: FRAME[name].to_numpy() for name in FRAME}),
    "numpy": FRAME.to_numpy(dtype=float),
    "numpy, objects": FRAME.to_numpy(dtype=object),
    "csr": sp.csr_matrix(FRAME.to_numpy(dtype=float)),
    "csc": sp.csc_array(FRAME.to_numpy(dtype=float)),
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table_gives_the_same_numbers(kind, fit):
    expected = balance_table(fit(TABLES["numpy"]), TABLES["numpy"])[["before", "after"]]
    table = balance_table(fit(TABLES[kind]), TABLES[kind])
    # sums of 1,200 terms, in an order that depends on how many columns are summed at once
    assert table[["before", "after"]].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-11)
    named = not kind.startswith(("numpy", "cs"))
    assert table["covariate"].tolist() == (["a", "b"] if named else ["x0", "x1"]) * 2


CITIES = ["Rome", "Oslo", "Bern", "Oslo"] * 300
SIZES = ["small", "large", "small", "small"] * 300
ORDER = ["small", "medium", "large"]
CATEGORIES = {
    "pandas": pd.DataFrame({"city": CITIES, "size": pd.Categorical(SIZES, ORDER)}),
    "polars": pl.DataFrame({"city": CITIES, "size": pl.Series(SIZES, dtype=pl.Enum(ORDER))}),
}


@pytest.mark.parametrize("kind", CATEGORIES)
def test_levels_are_compared_in_their_own_order(kind, fit):
    found = by_covariate(balance_table(fit(CATEGORIES[kind]), CATEGORIES[kind]).iloc[:5])
    cities = ["city = Bern", "city = Oslo", "city = Rome"]
    assert found.index.tolist() == [*cities, "size = small", "size = large"]
    dummies = np.column_stack([np.array(CITIES) == "Bern", np.array(SIZES) == "large"]).astype(
        float
    )
    expected = balance_table(fit(dummies), dummies).iloc[:2]
    rows = found.loc[["city = Bern", "size = large"]]
    assert rows.to_numpy().tolist() == expected[["before", "after"]].to_numpy().tolist()


def test_words_in_an_array_are_levels(fit):
    X = np.array(CITIES)[:, None]
    found = balance_table(fit(X), X)["covariate"].tolist()[:3]
    assert found == ["x0 = Bern", "x0 = Oslo", "x0 = Rome"]


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_missing_values_are_left_out_and_are_a_covariate(gap, fit, cells):
    X = cells[0].copy()
    X[::5, 1] = gap
    found = by_covariate(balance_table(fit(X), X).iloc[:3])
    assert found.index.tolist() == ["x0", "x1", "x1 = missing"]
    there = np.arange(1200) % 5 > 0
    control, treated = (X[there & (cells[2] == k), 1] for k in (0, 1))
    spread = np.sqrt((control.var(ddof=1) + treated.var(ddof=1)) / 2)
    difference = (treated.mean() - control.mean()) / spread
    assert found.loc["x1", "before"] == pytest.approx(difference)


@pytest.mark.parametrize("none", [None, np.nan, pd.NA])
def test_a_missing_level_is_a_level(none, fit):
    X = pd.DataFrame({"city": [none, *CITIES[1:]]}, dtype=object)
    assert balance_table(fit(X), X)["covariate"].iloc[3] == "city = missing"


def test_a_constant_is_balanced_whatever_its_value(fit):
    X = np.full((1200, 1), 0.1)
    assert balance_table(fit(X), X)[["before", "after"]].to_numpy().tolist() == [[0, 0], [0, 0]]


@pytest.mark.filterwarnings(FOLLOWS)
def test_a_covariate_that_tells_the_variants_apart_is_infinitely_unbalanced(fit, cells):
    X = 0.1 + 0.7 * cells[2][:, None]
    assert np.isposinf(balance_table(fit(X), X)[["before", "after"]]).all(axis=None)


@pytest.mark.filterwarnings(FOLLOWS)
def test_a_covariate_that_control_never_has_cannot_be_compared(fit, cells):
    X = np.where(cells[2] == 0, np.nan, 1.0)[:, None]
    assert balance_table(fit(X), X).loc[[0, 2], "before"].isna().all()


@pytest.mark.parametrize(("scale", "shift"), [(3.0, 0.0), (1e-6, 0.0), (1.0, 1e6)])
def test_units_and_origins_do_not_matter(scale, shift, fit):
    study = make_study(1200, random_state=0)
    moved = scale * study.X + shift
    expected, found = balance_table(fit(study.X), study.X), balance_table(fit(moved), moved)
    # a shift of 1e6 costs six of the sixteen digits of X itself
    assert found["after"].tolist() == pytest.approx(expected["after"].tolist(), abs=1e-8)


def test_row_weights_weigh_both_before_and_after(fit, cells):
    X, _, w, frequencies = cells
    s = np.where(X[:, 0] == 1, 2.0, 0.5)
    table = balance_table(fit(sample_weight=s), X)
    spread = table["before"] / balance_table(fit(sample_weight=s / 7), X)["before"]
    assert spread.tolist() == pytest.approx([1] * 4)  # only proportions matter
    weights = s / frequencies[np.arange(1200), w]
    before, after = (
        np.average(X[w == 1, 0], weights=v[w == 1]) - np.average(X[w == 0, 0], weights=v[w == 0])
        for v in (s, weights)
    )
    assert table["after"].iloc[0] / table["before"].iloc[0] == pytest.approx(
        after / before, abs=1e-12
    )


def test_wide_tables_are_read_some_columns_at_a_time(fit, cells, monkeypatch):
    X = np.random.default_rng(0).normal(size=(1200, 7))
    expected = balance_table(fit(X), X)
    monkeypatch.setattr(covariates, "CELLS", 2 * 1200)
    for table in (X, sp.csr_matrix(X)):
        found = balance_table(fit(table), table)
        assert found["covariate"].tolist() == expected["covariate"].tolist()
        assert found["after"].tolist() == pytest.approx(expected["after"].tolist())


def test_columns_may_have_any_names_that_a_fit_takes(fit, cells):
    X = pd.DataFrame(cells[0], columns=[0, ("a", 1)])
    assert balance_table(fit(X), X)["covariate"].tolist() == ["0", "('a', 1)"] * 2


def test_other_rows_have_no_propensities(fit, cells):
    with pytest.raises(InvalidInput) as error:
        balance_table(fit(), cells[0][::-1])
    assert str(error.value) == (
        "'X' is not the data of fit of this DRLearner, row for row. Pass the 'X' of fit."
    )


def test_another_kind_of_table_is_taken_by_position(fit, cells):
    with pytest.warns(CausalDaskWarning, match="by their position"):
        found = balance_table(fit(), pd.DataFrame(cells[0]))
    pd.testing.assert_frame_equal(found, balance_table(fit(), cells[0]))


def test_a_word_is_no_table(fit):
    with pytest.raises(InvalidType) as error:
        balance_table(fit(), b"X")
    assert str(error.value) == (
        "'X' must be a 2-D NumPy array, a DataFrame (pandas, polars, Arrow, …), a SciPy sparse "
        "matrix, a Dask collection, or the path of a file. Got bytes."
    )


def test_balance_is_of_tables_in_memory(fit, tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    with pytest.raises(InvalidInput, match="'X' must be in memory here"):
        balance_table(fit(), tmp_path / "x.npy")


def test_a_learner_without_propensities_has_nothing_to_weigh_by(learner, cells):
    X, y, w, _ = cells
    with pytest.raises(InvalidInput) as error:
        balance_table(learner(SLearner).fit(X, y, w), X)
    assert str(error.value) == (
        "SLearner has no propensity model, so it knows nothing of overlap. Use XLearner, RLearner "
        "or DRLearner."
    )
