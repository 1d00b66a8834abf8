"""A report of fitted learners: its numbers are theirs, and what is missing says why."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from causal_dask import (
    DRLearner,
    InvalidInput,
    InvalidType,
    MissingExtra,
    NotFitted,
    TLearner,
    balance_table,
    calibration,
    gates,
    overlap_report,
    policy_tree,
    report,
    sensitivity,
)
from causal_dask.datasets import make_study
from causal_dask.display import by_error
from tests.catalogue import learner_of
from tests.reports.page import Page, check_form


@pytest.fixture(scope="module")
def page(learners, study, tmp_path_factory):
    """The report of both learners."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert report(learners, study[0], path, outcome="weight", treatment="drug") == path
    return Page(path)


def test_a_report_is_one_sound_page_with_words_for_each_figure(page):
    check_form(page)
    assert len(page.figures) > 8


def test_the_average_effects_are_the_learners_and_those_that_are_the_same_are_there_once(
    page, learners
):
    effect = learners["DR"].average_treatment_effect()
    found = page.download("average_effects_DR_and_X.csv")
    pd.testing.assert_frame_equal(found, effect.to_frame())
    for label, row in effect.to_frame().iterrows():
        numbers, error = row[["estimate", "lower", "upper"]], row["standard_error"]
        number, low, high = by_error(numbers, error)
        assert f"<b>{number}</b> ({low} to {high})" in page.source
        (size,) = by_error([row["estimate"]], error, 2)
        assert f"On average, drug {label} instead of none raises weight by {size}" in page.text
    assert page.source.count('class="numbers"') == 2


def test_warnings_and_overlap_come_before_everything_else(page):
    places = [page.text.index(words) for words in
              ("On average", "Overlap: good.", "No warnings.", "For whom", "Can it be trusted?",
               "The data", "How it was made")]  # fmt: skip
    assert places == sorted(places)


def test_tables_for_whom_are_those_of_the_learner(page, learners, study):
    X = study[0]
    judged = learners["DR"].judged_effects(X)
    for name, expected in (("gates", gates(judged)), ("calibration", calibration(judged))):
        found = page.download(f"DR_{name}.csv", [0, 1])
        pd.testing.assert_frame_equal(found, expected.to_frame())
    rule = policy_tree(learners["DR"], X).to_text().replace("<=", "&lt;=")
    assert f'<pre tabindex="0">{rule}</pre>' in page.source


def test_tables_about_trust_are_those_of_the_learner(page, learners, study):
    overlap = overlap_report(learners["DR"])
    pd.testing.assert_frame_equal(page.download("overlap.csv"), overlap.summary)
    balance = balance_table(learners["DR"], study[0]).set_index("covariate")
    pd.testing.assert_frame_equal(page.download("balance.csv"), balance)
    table = sensitivity(learners["DR"]).table
    pd.testing.assert_frame_equal(page.download("sensitivity_DR_and_X.csv"), table)
    for value in table["robustness_value"]:
        assert f"needs a strength of {100 * value:.3g} %" in page.text


def test_scores_are_those_of_evaluate_under_readable_names(page, learners, study):
    found, expected = page.download("scores.csv"), learners["X"].evaluate(*study)
    name = "Outcome model, variant low: root mean squared error"
    error = -expected["variant_outcome_model_low_neg_root_mean_squared_error"]
    assert found.loc[name, "X"] == pytest.approx(error)
    assert found.loc[name, "better"] == "smaller"
    assert len(found) == len(set(expected) | set(learners["DR"].evaluate(*study)))


def test_cells_show_what_the_files_hold(page):
    shown = page.tables["Groups by predicted effect (DR)"]
    table = page.download("DR_gates.csv", [0, 1])
    assert shown[0][:4] == ["group", "variant", "predicted", "estimate"]
    decimals = {len(row[3].partition(".")[2]) for row in shown[1:]}
    assert len(decimals) == 1
    numbers = [float(row[3]) for row in shown[1:]]
    np.testing.assert_allclose(numbers, table["estimate"], atol=0.5 * 10.0 ** -decimals.pop())


def test_each_column_of_the_data_is_described(page):
    assert page.tables["Columns"][1:] == [
        [name, "numbers", "0 %", "600"] for name in ("age", "dose", "income")
    ]


def test_without_covariates_the_parts_that_need_them_say_so(learners, tmp_path):
    page = Page(report(learners["DR"], path=tmp_path / "report.html"))
    check_form(page)
    assert page.text.count("This needs the covariates: pass the &#39;X&#39; of fit.") == 6
    assert "needs a strength of" in page.text
    assert "Overlap: good." in page.text


def test_overlap_that_is_poor_is_called_so_and_the_warning_of_fit_is_there(tmp_path):
    study = make_study(1_000, confounding=3.0, random_state=0)
    learner = learner_of(DRLearner)
    with pytest.warns(match="were clipped") as given:
        learner.fit(study.X, study.y, study.w)
    page = Page(report(learner, study.X, tmp_path / "report.html", for_whom=()))
    assert "Overlap: poor." in page.text
    share = overlap_report(learner).summary["share_outside"].max()
    assert f"up to {100 * share:.3g} % of a variant" in page.text
    assert f"ClippedPropensities: {given[0].message}" in page.text
    check_form(page)


def test_an_effect_that_may_be_zero_is_not_called_one(tmp_path):
    rng = np.random.default_rng(1)
    X, w = rng.normal(size=(300, 2)), rng.integers(0, 2, 300)
    learner = learner_of(DRLearner).fit(X, rng.normal(size=300), w)
    page = Page(report(learner, path=tmp_path / "report.html"))
    low, high = learner.average_treatment_effect().interval()[0]
    assert low < 0 < high
    assert "The data do not show whether treatment 1 instead of 0 raises or lowers" in page.text


def test_effects_on_a_class_are_of_its_probability(tmp_path):
    study = make_study(400, random_state=0)
    y = np.where(study.y > np.median(study.y), "well", "ill")
    learner = learner_of(
        DRLearner, nuisance_model_factory=LogisticRegression, is_classification=True
    ).fit(study.X, y, study.w)
    page = Page(report(learner, study.X, tmp_path / "report.html", outcome="health"))
    check_form(page)
    estimate = learner.average_treatment_effect().estimate[0]
    assert f"the probability of well (health) by {estimate:.3g}, that is " in page.text
    assert f"that is {100 * estimate:.3g} percentage points" in page.text
    assert "Outcome model, variant 0: log loss" in page.text


@pytest.mark.filterwarnings("ignore:.*rows in 5 groups")
def test_more_than_two_classes_have_effects_but_no_average(tmp_path):
    study = make_study(300, random_state=0)
    y = np.digitize(study.y, np.quantile(study.y, [0.3, 0.6]))
    learner = TLearner(
        nuisance_model_factory=LogisticRegression, is_classification=True, n_folds=3, random_state=0
    ).fit(study.X, y, study.w)
    page = Page(report(learner, study.X, tmp_path / "report.html"))
    check_form(page)
    assert "No histogram: the outcome has more than two classes" in page.text
    assert "Overlap: not known." in page.text
    found = page.download("effects_T.csv")
    expected = learner.predict(study.X).reshape(300, -1).mean(axis=0)
    np.testing.assert_allclose(found["mean"], expected)


def test_few_rows_get_no_rule_unless_it_is_asked_for(tmp_path):
    study = make_study(150, random_state=0)
    learner = learner_of(DRLearner, n_folds=4).fit(study.X, study.y, study.w)
    page = Page(report(learner, study.X, tmp_path / "report.html"))
    assert "fewer than 200 rows are too few to learn and to judge a rule" in page.text
    assert "rows in 5 groups: with fewer than 50 in each" in page.text
    asked = report(learner, study.X, tmp_path / "report.html", for_whom=["policy_tree"])
    assert "give 1" in Page(asked).text


def test_rows_in_lists_are_a_table(tmp_path):
    data = make_study(120, random_state=0)
    learner = learner_of(DRLearner, n_folds=4).fit(data.X.tolist(), data.y, data.w)
    page = Page(report(learner, data.X.tolist(), tmp_path / "report.html"))
    assert len(page.download("columns.csv")) == data.X.shape[1]


def test_names_from_data_cannot_break_the_page(tmp_path):
    study = make_study(300, random_state=0)
    w = np.array(["<b>none", "a & b"])[study.w]
    learner = learner_of(DRLearner, n_folds=4, control="<b>none").fit(study.X, study.y, w)
    path = report({"<i>DR": learner}, study.X, tmp_path / "r.html", outcome="<script>", for_whom=())
    check_form(Page(path))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"learner": 3}, InvalidType, "'learner' must be a fitted learner, or a dict"),
        ({"learner": {}}, InvalidInput, "'learner' is an empty dict"),
        ({"learner": DRLearner()}, NotFitted, "not fitted yet"),
        ({"for_whom": "gates"}, InvalidType, "'for_whom' must be a list of some of"),
        ({"for_whom": ["gate"]}, InvalidInput, "'for_whom' must be .* Got 'gate'"),
        ({"level": 2}, InvalidInput, "'level' must be between 0 and 1"),
        ({"X": np.zeros((600, 3))}, InvalidInput, "'X'"),
    ],
    ids=["number", "empty", "unfitted", "word", "unknown", "level", "other rows"],
)
@pytest.mark.filterwarnings("ignore:.*taken by their position")
@pytest.mark.filterwarnings("ignore:'X' has columns without names")
def test_what_cannot_be_is_told_before_a_file_is_written(
    arguments, error, message, learners, tmp_path
):
    path = tmp_path / "report.html"
    with pytest.raises(error, match=message):
        report(**{"learner": learners, "X": None, "path": path, **arguments})
    assert not path.exists()


def test_learners_of_different_data_are_refused(learners, study, tmp_path):
    X, y, w = study
    other = learner_of(DRLearner, control="none").fit(X, y + 1, w)
    with pytest.raises(InvalidInput, match="'DR' and 'other', which were fitted to different data"):
        report({"DR": learners["DR"], "other": other}, path=tmp_path / "report.html")


def test_a_missing_package_is_named_with_its_extra(learners, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(MissingExtra, match=re.escape("pip install 'causal-dask[cli]'")):
        report(learners, path=tmp_path / "report.html")


def test_costs_of_unknown_treatments_are_told_before_anything_is_computed(
    learners, study, tmp_path
):
    with pytest.raises(InvalidInput, match="a cost of 'cure'"):
        report(learners, study[0], tmp_path / "report.html", costs={"cure": 1.0})


def test_dollars_in_names_are_drawn_as_they_are(study, tmp_path):
    X, y, w = study
    X = X.rename(columns={"dose": "price_$_or_$"})
    tiers = pd.Series(w).map({"none": "$", "low": "$$", "high": "$0-$10k"}).to_numpy()
    learner = learner_of(DRLearner, n_folds=4, control="$").fit(X, y, tiers)
    page = Page(report(learner, X, tmp_path / "report.html"))
    drawn = "".join(re.findall(r"<svg.*?</svg>", page.source, re.DOTALL))
    for name in ("price_$_or_$", ">$$", ">$0-$10k"):
        assert name in drawn
    assert r"\$" not in drawn
