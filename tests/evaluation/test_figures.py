"""Figures say what they show: axes, legends and marks, by the labels of the variants."""

import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from sklearn.linear_model import LogisticRegression

from causal_dask import (
    InvalidInput,
    InvalidType,
    MissingExtra,
    SLearner,
    balance_table,
    overlap_report,
    plot_balance,
    plot_effects,
    plot_propensities,
    plot_timings,
)
from causal_dask.evaluation.effects_figure import draw_effects

TABLE = pd.DataFrame(
    {
        "variant": ["low"] * 3 + ["high"] * 3,
        "covariate": ["age", "sex", "city"] * 2,
        "before": [0.3, -0.5, 0.1, 0.2, 0.0, 0.0],
        "after": [0.02, -0.01, 0.0, 0.03, 0.01, 0.0],
    }
)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def ticks(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


@pytest.fixture(scope="module")
def three(learner, cells):
    X, y, w, frequencies = cells
    labels = np.array(["none", "high", "low"])[w]
    return learner(control="none").fit(X, y, labels, propensities=frequencies)


@pytest.fixture(scope="module")
def two(learner, cells):
    X, y, w, _ = cells
    return learner().fit(X, y, w > 0)


def test_there_is_a_band_for_each_of_three_variants(three, cells):
    ax = plot_propensities(three)
    counts = np.bincount(cells[2])
    assert ticks(ax) == ["of low", "of high", "of none"]
    assert legend(ax) == [f"none ({counts[0]})", f"high ({counts[1]})", f"low ({counts[2]})"]
    assert ax.get_legend().get_title().get_text() == "rows of"
    assert ax.get_xlabel() == "propensity"


def test_for_two_variants_the_treatments_band_is_enough(two):
    ax = plot_propensities(two)
    assert ax.get_xlabel() == "propensity of True"
    assert ticks(ax) == []
    assert [name.partition(" ")[0] for name in legend(ax)] == ["False", "True"]


def test_histograms_are_of_the_propensities(two, cells):
    ax = plot_propensities(two)
    outline = next(patch for patch in ax.patches if patch.get_label().startswith("True"))
    values, edges, _ = outline.get_data()
    own = two.propensity_scores()[cells[2] > 0, 1]
    counts = np.histogram(own, edges)[0]
    assert values / values.max() == pytest.approx(counts / counts.max())


def test_a_love_plot_has_the_most_different_covariate_at_the_top():
    ax = plot_balance(TABLE)
    assert ticks(ax) == ["city", "age", "sex"]
    assert legend(ax) == [
        *["low, before", "low, after weighting", "high, before", "high, after weighting"]
    ]
    assert ax.get_xlabel() == "absolute standardised mean difference from control"


def test_a_love_plot_marks_absolute_differences():
    before, after = plot_balance(TABLE.iloc[:3]).get_lines()[:2]
    assert before.get_xdata().tolist() == [0.3, 0.5, 0.1]
    assert after.get_xdata().tolist() == [0.02, 0.01, 0.0]
    assert before.get_ydata().tolist() == after.get_ydata().tolist() == [1, 2, 0]
    assert before.get_fillstyle() == "none"


def test_the_threshold_is_a_line():
    line = plot_balance(TABLE, threshold=0.2).get_lines()[-1]
    assert list(line.get_xdata()) == [0.2, 0.2]


def test_of_many_covariates_the_most_different_are_drawn():
    names = [f"word {number}" for number in range(100)]
    many = pd.DataFrame(
        {"variant": 1, "covariate": names, "before": np.arange(100) / 100, "after": 0.0}
    )
    ax = plot_balance(many)
    assert ticks(ax) == names[60:]
    assert ax.get_title() == "The 40 most different of 100 covariates"


def test_a_difference_that_cannot_be_drawn_is_told():
    apart = TABLE.iloc[:3].assign(before=[0.3, np.inf, np.nan])
    ax = plot_balance(apart)
    assert ticks(ax) == ["city", "age", "sex (∞)"]
    assert np.isfinite(ax.get_xlim()).all()


def test_a_table_of_a_learner_is_drawn(three, cells):
    ax = plot_balance(balance_table(three, cells[0]))
    assert legend(ax)[::2] == ["high, before", "low, before"]
    assert set(ticks(ax)) == {"x0", "x1"}


@pytest.mark.parametrize("kind", ["default", "pandas", "polars"])
def test_effects_are_named_with_their_means(kind, three, cells):
    effects = three.predict(cells[0])[:, :, 0]
    try:
        ax = plot_effects(three.set_output(transform=kind), cells[0])
    finally:
        three.set_output(transform="default")
    high, low = effects.mean(axis=0)
    assert legend(ax) == [f"high, mean {high:.3g}", f"low, mean {low:.3g}"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("estimated effect against none", "rows")


def test_effects_on_two_classes_are_those_on_the_second(learner, cells):
    X, y, w, _ = cells
    fitted = learner(nuisance_model_factory=LogisticRegression).fit(X, y > 1, w > 0)
    mean = fitted.predict(X)[:, 0, 1].mean()
    assert legend(plot_effects(fitted, X)) == [f"True, mean {mean:.3g}"]


def test_effects_on_three_classes_are_not_one_figure(learner, cells):
    X, y, w, _ = cells
    fitted = learner(SLearner, nuisance_model_factory=LogisticRegression)
    fitted.fit(X, np.digitize(y, [0, 2]), w)
    with pytest.raises(InvalidInput) as error:
        plot_effects(fitted, X)
    assert str(error.value) == (
        "The outcome has 3 classes, and each has effects of its own. Draw predict(X)[:, :, c] for "
        "the class c that you mean."
    )


DRAWN = {
    "propensities": lambda learner, _, ax: plot_propensities(learner, ax=ax),
    "balance": lambda learner, X, ax: plot_balance(balance_table(learner, X), ax),
    "effects": plot_effects,
}


ALIKE = [plot_propensities, plot_timings, overlap_report]


@pytest.mark.parametrize("ask", ALIKE, ids=lambda ask: ask.__name__)
def test_what_needs_no_covariates_takes_those_of_fit_and_refuses_others(ask, three, cells):
    assert type(ask(three, cells[0])) is type(ask(three))
    with pytest.raises(InvalidInput, match="'X' is not the data of fit"):
        ask(three, cells[0][1:])


def test_a_figure_without_the_covariates_that_it_needs_says_so(three):
    with pytest.raises(InvalidType) as error:
        plot_effects(three)
    assert str(error.value) == (
        "'X' must be a table of covariates. None was passed, and fitted learners do not keep that "
        "of fit."
    )


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_axes_that_are_given_are_drawn_on(draw, three, cells):
    ax = plt.figure().add_subplot()
    assert draw(three, cells[0], ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_a_figure_without_matplotlib_says_what_to_install(draw, three, cells, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra) as error:
        draw(three, cells[0], None)
    assert str(error.value) == (
        "This needs the package 'matplotlib', which is not installed. Install it with: "
        "pip install 'causal-dask[plots]'"
    )


def test_a_variant_has_one_colour_in_all_figures(three, cells):
    outlines = [p for p in plot_propensities(three).patches if p.get_label().startswith("low")]
    marks = [
        line
        for line in plot_balance(balance_table(three, cells[0])).get_lines()
        if line.get_label().startswith("low")
    ]
    colours = {to_rgb(p.get_edgecolor()) for p in outlines} | {to_rgb(m.get_color()) for m in marks}
    assert colours == {to_rgb("C2")}


def test_a_list_is_no_balance_table():
    with pytest.raises(InvalidType) as error:
        plot_balance([0.1])
    assert str(error.value) == (
        "'table' must be a DataFrame as balance_table returns it. Got list."
    )


def test_a_table_without_the_columns_is_told_which_it_lacks():
    with pytest.raises(InvalidInput) as error:
        plot_balance(TABLE.drop(columns=["before", "after"]))
    assert str(error.value) == (
        "'table' must have rows and the columns ['variant', 'covariate', 'before', 'after'], as "
        "balance_table returns it. It lacks ['before', 'after']."
    )


def test_an_empty_table_cannot_be_drawn():
    with pytest.raises(InvalidInput) as error:
        plot_balance(TABLE.iloc[:0])
    assert str(error.value) == (
        "'table' must have rows and the columns ['variant', 'covariate', 'before', 'after'], as "
        "balance_table returns it. It has no rows."
    )


def test_a_few_extreme_effects_do_not_hide_the_others():
    effects = np.r_[np.linspace(-1, 1, 999), 500.0][:, None]
    ax = draw_effects(effects, (0, 1))
    low, high = ax.get_xlim()
    assert -1 <= low < -0.9
    assert 0.9 < high < 2
    assert ax.get_title(loc="right") == "1 of 1,000 effects are beyond the edges"


def test_effects_without_extremes_are_all_drawn():
    ax = draw_effects(np.linspace(-1, 2, 100)[:, None], (0, 1))
    assert ax.get_xlim() == (-1, 2)
    assert not ax.get_title(loc="right")


NEARLY = 2 + 1e-15 * np.arange(400)


@pytest.mark.parametrize("effects", [NEARLY, np.where(np.arange(400) == 7, 5, NEARLY)])
def test_effects_that_differ_by_rounding_are_drawn(effects):
    ax = draw_effects(effects[:, None], (0, 1))
    low, high = ax.get_xlim()
    assert low <= effects.min() <= effects.max() <= high
    assert high - low > 1


def test_dollars_in_labels_are_drawn_as_they_are():
    """Matplotlib takes what is between two of them for mathematics, and refuses some of it."""
    tiers = ("$", "$$", "$$$")
    ax = draw_effects(np.arange(20.0).reshape(10, 2), tiers, event="$0-$10k")
    plot_balance(TABLE.replace({"city": "price_$_or_$", "low": "$_$"}), plt.subplots()[1])
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    assert all(text.get_text().startswith(r"\$") for text in ax.get_legend().get_texts())
    assert r"\$0-\$10k" in ax.get_xlabel()
