"""What figures show: the numbers of their tables, in colours of the variants."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from causal_dask import (
    InvalidInput,
    InvalidType,
    Scores,
    budget_curve,
    gates,
    plot_curve,
    plot_gates,
    plot_policy_tree,
    plot_sensitivity,
    policy_tree,
    rank_curve,
    sensitivity,
)
from causal_dask.datasets import make_study
from tests.catalogue import learner_of
from tests.inference.judged_studies import judged_of

STUDY = make_study(400, random_state=0)
LEARNER = learner_of().fit(STUDY.X, STUDY.y, STUDY.w)
LARGE = make_study(900, random_state=0)
NESTED = learner_of(nested=True).fit(LARGE.X, LARGE.y, LARGE.w)
JUDGED = judged_of(n_variants=3)


def test_gates_are_drawn_with_their_intervals():
    found = gates(JUDGED, n_groups=3)
    ax = plot_gates(found)
    table = found.to_frame(simultaneous=True)
    for k, container in enumerate(ax.containers):
        own = table.iloc[k::2]
        np.testing.assert_allclose(container[0].get_ydata().astype(float), own["estimate"])
        bounds = np.array([line[:, 1] for line in container[2][0].get_segments()])
        np.testing.assert_allclose(bounds, own[["lower", "upper"]].to_numpy())
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"1", "2", "predicted"}


@pytest.mark.parametrize("measure", ["uplift", "qini", "toc"])
def test_a_curve_starts_where_nobody_is_treated(measure):
    curve = rank_curve(JUDGED, measure, n_draws=50)
    line = plot_curve(curve).lines[0]
    starts = 0 if measure == "toc" else 1
    assert len(line.get_xdata()) == 20 + starts
    expected = curve.to_frame()["estimate"].xs(1, level="variant")
    np.testing.assert_allclose(line.get_ydata()[starts:], expected)
    assert measure == "toc" or line.get_ydata()[0] == 0


def test_a_budget_has_two_lines():
    ax = plot_curve(budget_curve(JUDGED, 1.0, n_draws=50))
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["over nobody treated", "over untargeted spending"]
    assert ax.get_xlabel() == "budget per row"


def test_a_tree_has_all_conditions_and_leaves():
    x = np.random.default_rng(0).normal(size=(300, 2))
    values = np.where(x[:, 0] > 0, np.where(x[:, 1] > 0, 2.0, -1.0), -1.0)
    tree = policy_tree(Scores(values[None, :, None], ("none", "some")), x)
    words = [text.get_text() for text in plot_policy_tree(tree).texts]
    assert sum("<=" in word for word in words) == 2
    assert words.count("none") == 2
    assert words.count("some") == 1


def test_contours_are_bounds():
    ax = plot_sensitivity(LEARNER, most=0.4)
    contours = ax.collections[0]
    level, path = next(
        (level, path)
        for level, path in zip(contours.levels, contours.get_paths(), strict=True)
        if len(path.vertices) > 5
    )
    cf_d, cf_y = path.vertices[len(path.vertices) // 2]
    bound = sensitivity(LEARNER, cf_y, cf_d).table.loc[1, "lower"]
    assert np.isclose(bound, level, rtol=0.02)


def test_benchmarks_are_points():
    rows = pd.DataFrame({"cf_y": [0.1, 0.9], "cf_d": [0.05, 0.02]})
    rows.index = pd.MultiIndex.from_tuples([("age", 1), ("income", 1)])
    ax = plot_sensitivity(LEARNER.scores(with_bias=True), benchmarks=rows)
    words = [text.get_text() for text in ax.texts]
    assert {"age", "income"} <= set(words)
    assert ax.get_ylim()[1] == 0.95
    words = [text.get_text() for text in plot_sensitivity(LEARNER, 1, rows, most=0.5).texts]
    assert "income (beyond)" in words


@pytest.mark.parametrize(
    ("draw", "made"),
    [
        (plot_gates, lambda learner: gates(learner.judged_effects(LARGE.X))),
        (plot_curve, lambda learner: rank_curve(learner.judged_effects(LARGE.X))),
        (plot_policy_tree, lambda learner: policy_tree(learner, LARGE.X)),
    ],
)
def test_a_learner_with_its_rows_is_drawn_as_what_is_made_of_it(draw, made):
    _, (theirs, ours) = plt.subplots(1, 2)
    draw(made(NESTED), theirs)
    assert draw(NESTED, LARGE.X, ours) is ours
    for one, other in zip(theirs.lines, ours.lines, strict=True):
        np.testing.assert_array_equal(one.get_xydata(), other.get_xydata())
    assert [t.get_text() for t in theirs.texts] == [t.get_text() for t in ours.texts]


def test_what_cannot_be_drawn_is_refused():
    for draw in (plot_gates, plot_curve, plot_policy_tree):
        with pytest.raises(InvalidType):
            draw(JUDGED)
    with pytest.raises(InvalidInput, match="variant"):
        plot_sensitivity(LEARNER, variant="other")


@pytest.mark.parametrize("most", [0, 1.0, "much"])
def test_the_greatest_strength_is_a_share(most):
    scores = Scores(np.ones((1, 9, 1)), (0, 1), bias=np.ones((1, 9, 1, 3)))
    with pytest.raises(InvalidInput, match="'most' must be more than 0 and less than 1"):
        plot_sensitivity(scores, most=most)
