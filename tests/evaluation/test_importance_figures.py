"""Figures of importances and of curves show the numbers that they are made of."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from xgboost import XGBRegressor

from causal_dask import (
    InvalidInput,
    InvalidType,
    TLearner,
    balance_table,
    effect_importances,
    plot_balance,
    plot_effect_of,
    plot_importances,
)
from tests.catalogue import learner_of

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 3))
ARMS = RNG.integers(0, 3, 300)
OUTCOME = ROWS[:, 0] + ARMS * (1 + ROWS[:, 1]) + 0.1 * RNG.normal(size=300)
LABELS = np.array(["none", "low", "high"])[ARMS]
FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"]).assign(
    town=pd.Categorical(RNG.choice(["x", "y", "z"], 300))
)


@pytest.fixture(scope="module")
def linear():
    return learner_of(TLearner, control="none").fit(ROWS, OUTCOME, LABELS)


def test_bars_are_the_shares_with_the_most_important_at_the_top(linear):
    table = effect_importances(linear, ROWS)
    ax = plot_importances(table)
    assert ax.get_yticklabels()[-1].get_text() == "x1"
    widths = sorted(patch.get_width() for patch in ax.patches)
    assert np.allclose(widths, sorted(table["share"]))
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"high", "low"}


def test_at_most_twenty_covariates_are_drawn():
    table = pd.DataFrame({
        "variant": "drug", "covariate": [f"x{n}" for n in range(30)], "importance": range(30),
        "standard_error": 0.1, "share": np.arange(30) / 30,
    })  # fmt: skip
    ax = plot_importances(table)
    assert len(ax.get_yticklabels()) == 20
    assert ax.get_title() == "The 20 most important of 30 covariates"


def test_what_is_no_table_of_importances_is_refused():
    with pytest.raises(InvalidType, match=r"as effect_importances returns it\. Got list"):
        plot_importances([1])
    with pytest.raises(InvalidInput, match=r"It lacks \['importance'"):
        plot_importances(pd.DataFrame({"variant": ["a"], "covariate": ["b"]}))


def test_the_curve_of_a_linear_effect_is_its_slope(linear):
    ax = plot_effect_of(linear, ROWS, 1, n_rows=300)
    bold = [line for line in ax.get_lines() if line.get_linewidth() == 2]
    by_label = {line.get_label(): line for line in bold}
    for label in ("low", "high"):
        models = linear.models_["variant_outcome_model"]
        expected = models[label]["overall"].coef_[1] - models["none"]["overall"].coef_[1]
        x, y = by_label[label].get_data()
        assert np.allclose(np.diff(y) / np.diff(x), expected)
    assert ax.get_xlabel() == "x1"
    assert ax.get_ylabel() == "estimated effect against none"


def test_the_curve_at_a_value_is_the_mean_effect_if_all_rows_had_it():
    model = {"n_estimators": 10, "max_depth": 3, "enable_categorical": True}
    learner = learner_of(
        TLearner, nuisance_model_factory=XGBRegressor, nuisance_model_params=model, control="none"
    ).fit(FRAME, OUTCOME, LABELS)
    ax = plot_effect_of(learner, FRAME, "town", n_rows=300)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y", "z"]
    (high,) = [line for line in ax.get_lines() if line.get_label() == "high"]
    for position, town in enumerate("xyz"):
        everybody = FRAME.assign(town=pd.Categorical([town] * 300, FRAME["town"].cat.categories))
        effects = learner.predict(everybody, is_oos=True)[:, :, 0].mean(axis=0)
        k = learner.variants_.tolist().index("high") - 1
        assert high.get_ydata()[position] == pytest.approx(effects[k])


def test_an_unknown_covariate_is_told(linear):
    with pytest.raises(InvalidInput, match=r"'X' has no column 'age'. It has \['x0', 'x1', 'x2'\]"):
        plot_effect_of(linear, ROWS, "age")


def test_learners_are_drawn_as_their_tables_are(linear):
    of_table, of_learner, named = (plt.subplots()[1] for _ in range(3))
    table = effect_importances(linear, ROWS)
    assert plot_importances(table, of_table) is of_table  # Axes may follow a table
    assert plot_importances(linear, ROWS, of_learner) is of_learner
    assert plot_importances(table, ax=named) is named
    widths = [[bar.get_width() for bar in ax.patches] for ax in (of_table, of_learner, named)]
    assert widths[0] == widths[1] == widths[2] != []


def test_the_balance_of_a_learner_is_drawn_as_its_table_is():
    learner = learner_of(control="none").fit(ROWS, OUTCOME, LABELS)
    drawn = [plot_balance(balance_table(learner, ROWS)), plot_balance(learner, ROWS)]
    names = [[label.get_text() for label in ax.get_yticklabels()] for ax in drawn]
    assert names[0] == names[1] != []


def test_the_curve_is_the_same_whatever_predict_returns():
    learner = learner_of(TLearner, control="none").fit(FRAME[["a"]], OUTCOME, LABELS)
    before, after = (
        [line.get_ydata() for line in plot_effect_of(asked, FRAME[["a"]], "a").get_lines()]
        for asked in (learner, learner.set_output(transform="pandas"))
    )
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_no_class_is_drawn_for_all():
    classes = np.arange(300) % 3
    model = {"nuisance_model_factory": LogisticRegression}
    learner = learner_of(TLearner, control="none", **model).fit(ROWS, classes, LABELS)
    with pytest.raises(InvalidInput, match="3 classes"):
        plot_effect_of(learner, ROWS, 0)


@pytest.mark.parametrize("asked", [{"n_rows": -5}, {"n_values": 2.5}])
def test_rows_and_values_are_whole_numbers(linear, asked):
    with pytest.raises(InvalidInput, match=f"'{next(iter(asked))}' must be a whole number"):
        plot_effect_of(linear, ROWS, 0, **asked)
