"""What is given by row or by variant goes by its names and labels, or is refused."""

import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, Ridge

from causal_dask import DRLearner, InvalidInput, TLearner
from tests.catalogue import learner_of

RNG = np.random.default_rng(0)
N = 300
X = pd.DataFrame(RNG.normal(size=(N, 2)), columns=["a", "b"])
SHARE = 1 / (1 + np.exp(-X["a"].to_numpy()))
W = RNG.binomial(1, SHARE)
Y = 2 * X["a"].to_numpy() + W + RNG.normal(size=N)
ARM = np.array(["placebo", "drug"])[W]
RIGHT = np.column_stack([1 - SHARE, SHARE])


def estimate(propensities, arm=ARM, control="placebo", table=X):
    learner = DRLearner(
        nuisance_model_factory=DummyRegressor,
        treatment_model_factory=Ridge,
        control=control,
        n_folds=3,
        random_state=0,
    )
    fitted = learner.fit(table, Y, arm, propensities=propensities)
    return fitted.average_treatment_effect().estimate


NAMED = {
    "pandas, in order": pd.DataFrame({"placebo": 1 - SHARE, "drug": SHARE}),
    "pandas, reversed": pd.DataFrame({"drug": SHARE, "placebo": 1 - SHARE}),
    "polars, reversed": pl.DataFrame({"drug": SHARE, "placebo": 1 - SHARE}),
    "arrow, reversed": pa.table({"drug": SHARE, "placebo": 1 - SHARE}),
    "a dict of columns": {"drug": SHARE, "placebo": 1 - SHARE},
    "positions": pd.DataFrame(RIGHT),
    "positions, reversed": pd.DataFrame({1: SHARE, 0: 1 - SHARE}),
    "positions in words": pl.DataFrame({"1": SHARE, "0": 1 - SHARE}),
    "of polars itself": pl.DataFrame(RIGHT),
    "the treatment's column": pd.DataFrame({"drug": SHARE}),
    "control's column": pd.DataFrame({"placebo": 1 - SHARE}),
    "a column of any name": pl.DataFrame({"score": SHARE}),
    "decimals": pd.Series([Decimal(str(share)) for share in SHARE]),
}


@pytest.mark.parametrize("given", NAMED.values(), ids=NAMED)
def test_propensities_go_by_the_names_of_their_columns(given):
    np.testing.assert_allclose(estimate(given), estimate(RIGHT), rtol=1e-9)


@pytest.mark.parametrize(
    "given",
    [{"drug": 0.3, "placebo": 0.7}, pd.Series({"drug": 0.3, "placebo": 0.7}), [0.7, 0.3], 0.3],
    ids=["dict", "Series of variants", "list", "number"],
)
def test_propensities_of_variants_go_by_their_labels(given):
    np.testing.assert_allclose(estimate(given), estimate([0.7, 0.3]))


REFUSED = {
    "unknown names": (pd.DataFrame({"x": 1 - SHARE, "y": SHARE}), r"the names \['x', 'y'\]"),
    "rows in another order": (
        pd.DataFrame(RIGHT, index=range(1, N + 1)),
        "indices of 'X' and 'propensities' differ",
    ),
    "a missing value": (np.where(np.arange(N) == 3, np.nan, SHARE), "none may be missing"),
    "words": (np.full(N, "half"), "must hold numbers"),
    "a name twice": (pd.DataFrame(RIGHT, columns=["drug", "drug"]), "of the same name"),
    "a misspelt label": ({"Placebo": 1 - SHARE}, r"the names \['Placebo'\]"),
    "a misspelt column": (pl.DataFrame({"Placebo": 1 - SHARE}), r"the names \['Placebo'\]"),
    "a column that nobody named": (pd.DataFrame(1 - SHARE), "without a name of its own, 0"),
    "a Series called control": (pd.Series(1 - SHARE, name="placebo"), "called 'placebo', as con"),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_propensities_that_could_be_read_two_ways_are_refused(given, message):
    with pytest.raises(InvalidInput, match=message):
        estimate(given)


@pytest.mark.parametrize("kind", [int, float, bool])
@pytest.mark.parametrize("given", [pd.DataFrame, dict])
@pytest.mark.parametrize("treatment", [0, 0.0, "0"])
def test_names_that_are_labels_go_before_names_that_are_positions(kind, given, treatment):
    arm = np.where(W == 1, 0, 1).astype(kind)  # control is called 1, 1.0 or True
    named = given({treatment: SHARE, type(treatment)(1): 1 - SHARE})
    expected = estimate(RIGHT, arm, control=kind(1))
    np.testing.assert_allclose(estimate(named, arm, control=kind(1)), expected)


SHUFFLED = pd.Series(np.linspace(1, 2, N)).sample(frac=1, random_state=0)


@pytest.mark.parametrize("name", ["sample_weight", "cv", "groups"])
def test_a_column_in_another_order_is_refused(name):
    values = SHUFFLED if name == "sample_weight" else SHUFFLED.rank().astype(int) % 3
    with pytest.raises(InvalidInput, match=f"'{name}' differ"):
        learner_of(TLearner).fit(X, Y, W, **{name: values})


def test_a_fit_parameter_in_another_order_is_refused():
    with pytest.raises(InvalidInput, match="'sample_weight' differ"):
        learner_of(TLearner).fit(X, Y, W, fit_params={"sample_weight": SHUFFLED})


@pytest.mark.parametrize("make", [list, tuple, np.asarray, pd.Series, pl.Series])
def test_a_fit_parameter_with_an_entry_per_row_is_cut_to_the_rows_of_a_fit(make):
    weights = np.linspace(1, 2, N)
    params = {"sample_weight": make(weights)}
    effects = learner_of(TLearner).fit(X, Y, W, fit_params=params).predict(X)
    same = learner_of(TLearner).fit(X, Y, W, sample_weight=weights).predict(X)
    np.testing.assert_allclose(effects, same)


class Remembers(LinearRegression):
    """Keeps an option of its fit as it was passed."""

    def fit(self, X, y, option=None):
        self.option_ = option
        return super().fit(X, y)


@pytest.mark.parametrize("option", [["a"], ("a", "b"), {"a": 1}, "a", 3, np.arange(4)])
def test_other_fit_parameters_pass_as_they_are(option):
    learner = learner_of(TLearner, nuisance_model_factory=Remembers)
    learner.fit(X, Y, W, fit_params={"option": option})
    models = [m for m in learner._fitted.results.values() if hasattr(m, "option_")]
    assert models
    assert all(type(m.option_) is type(option) for m in models)
    assert all(np.array_equal(m.option_, option) for m in models)


def test_weights_of_another_length_are_refused():
    with pytest.raises(InvalidInput, match="has 3 entries, but there are 300 rows"):
        learner_of(TLearner).fit(X, Y, W, fit_params={"sample_weight": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        (np.where(np.arange(N) == 0, np.nan, np.arange(N) % 3), "'cv' has 1 missing"),
        (5, "'cv' must be a scikit-learn splitter"),
        ({0: 1}, "'cv' must be a scikit-learn splitter"),
        ("kfold", "'cv' must be a scikit-learn splitter"),
        ([(np.arange(N - 1), np.array([N]))], "positions of rows"),
        ([(np.arange(5), np.arange(5), np.arange(5))], "pairs of training and test rows"),
    ],
    ids=["missing", "number", "dict", "word", "beyond the rows", "three parts"],
)
def test_folds_that_cannot_be_used_are_named(cv, message):
    with pytest.raises(InvalidInput, match=message):
        learner_of(TLearner).fit(X, Y, W, cv=cv)


def test_folds_may_be_masks_or_come_one_after_the_other():
    fold = np.arange(N) % 3
    masks = [(fold != k, fold == k) for k in range(3)]
    ways = [fold, masks, iter(masks), pd.Series(fold), pl.Series(fold)]
    effects = [learner_of(TLearner).fit(X, Y, W, cv=cv).predict(X) for cv in ways]
    for other in effects[1:]:
        np.testing.assert_array_equal(other, effects[0])


NUMBERS = {
    "objects": lambda values: np.asarray(values).astype(object),
    "decimals": lambda values: np.array([Decimal(str(v)) for v in values], dtype=object),
    "a masked array": np.ma.masked_array,
    "nullable": lambda values: pd.Series(values).astype("Float64"),
    "arrow": lambda values: pd.Series(values).astype("float64[pyarrow]"),
    "polars": pl.Series,
    "a column of a frame": lambda values: pd.DataFrame({"y": values}),
    "long doubles": lambda values: np.asarray(values, dtype=np.longdouble),
    "a list": list,
}


@pytest.mark.parametrize("make", NUMBERS.values(), ids=NUMBERS)
def test_numbers_are_numbers_whatever_they_are_wrapped_in(make):
    effects = learner_of(TLearner).fit(X.to_numpy(), make(Y), W).predict(X.to_numpy())
    plain = learner_of(TLearner).fit(X.to_numpy(), Y, W).predict(X.to_numpy())
    np.testing.assert_allclose(effects, plain, rtol=1e-9)


TABLES = {
    "objects": lambda table: table.astype(object),
    "an array of objects": lambda table: table.to_numpy().astype(object),
    "nullable": lambda table: table.astype("Float64"),
    "long doubles": lambda table: table.to_numpy().astype(np.longdouble),
    "a masked array": lambda table: np.ma.masked_array(table.to_numpy()),
    "decimals of polars": lambda table: pl.from_pandas(table.round(6)).cast(pl.Decimal(20, 6)),
    "a list of rows": lambda table: table.to_numpy().tolist(),
}


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_covariates_are_numbers_whatever_they_are_wrapped_in(make):
    table = make(X)
    effects = learner_of(TLearner).fit(table, Y, W).predict(table)
    plain = learner_of(TLearner).fit(X.to_numpy(), Y, W).predict(X.to_numpy())
    np.testing.assert_allclose(effects, plain, atol=1e-4)


def test_masked_values_are_missing():
    y = np.ma.masked_array(Y, mask=np.arange(N) == 7)
    with pytest.raises(
        InvalidInput, match="'y' has 1 missing or infinite values, the first at position"
    ):
        learner_of(TLearner).fit(X, y, W)


def test_complex_covariates_are_refused():
    with pytest.raises(InvalidInput, match="complex numbers"):
        learner_of(TLearner).fit(X.to_numpy() + 1j, Y, W)


@pytest.mark.parametrize("then", [bool, int, float, object, "boolean", "Int64"])
@pytest.mark.parametrize("now", [bool, int, float])
def test_truth_values_and_zero_and_one_are_the_same_variants(then, now):
    learner = learner_of().fit(X, Y, pd.Series(W).astype(bool).astype(then))
    scores = learner.evaluate(X, Y, W.astype(bool).astype(now))
    plain = learner_of().fit(X, Y, W).evaluate(X, Y, W)
    assert list(scores.values()) == list(plain.values())


@pytest.mark.parametrize("values", [None, 3, "y", {"a": 1}])
@pytest.mark.parametrize("name", ["y", "w"])
def test_what_is_no_column_is_named(name, values):
    given = {"y": Y, "w": W, name: values}
    with pytest.raises(InvalidInput, match=f"'{name}' must be one column"):
        learner_of(TLearner).fit(X, **given)


def test_fractions_are_left_to_those_who_know_them():
    y = np.array([Fraction(1, 3)] * N, dtype=object)
    with pytest.raises(InvalidInput, match="'y' must hold numbers"):
        learner_of(TLearner).fit(X, y, W)


def test_an_index_that_is_the_same_is_no_obstacle():
    index = pd.Index([f"row {k}" for k in range(N)])
    table, y = X.set_axis(index), pd.Series(Y, index=index)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner_of(TLearner).fit(table, y, pd.Series(W, index=index))


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (np.array([*map(float, Y[:-1]), "7"], dtype=object), "Got '7'. Pass"),
        (np.full(N, np.datetime64("2020-03-01")), "Got '2020-03-01"),
    ],
    ids=["a number in quotes", "dates"],
)
def test_outcomes_that_are_no_numbers_are_shown(outcome, shown):
    with pytest.raises(InvalidInput, match=shown):
        learner_of(TLearner).fit(X, outcome, W)
