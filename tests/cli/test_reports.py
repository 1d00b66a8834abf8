"""The report of a job: five jobs, whose pages say what the files of the results hold."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from causal_dask.datasets import make_study
from causal_dask.display import by_error
from tests.cli.study import JOB, LINEAR, called
from tests.reports.page import Page, check_form

FOR_WHOM = ["gates", "calibration", "policy_tree"]


def rows(**how):
    """A study with named columns."""
    study = make_study(500, random_state=0, **how)
    frame = pd.DataFrame(study.X[:, :3], columns=["age", "dose", "income"])
    return frame.assign(arm=study.w, gain=study.y, person=np.arange(500))


def said(**more):
    """What a job file says."""
    return {**JOB, "learners": ["DR", "X"], "folds": 4, **more}


def done(folder, frame, job):
    """The page of a job that has run, and the folder of its results."""
    frame.to_csv(folder / "study.csv", index=False)
    (folder / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    result = called("run", folder / "job.yaml")
    assert result.exit_code == 0, result.output
    page = Page(folder / "results" / "report.html")
    check_form(page)
    return page, folder / "results", result.output


def effects(results, name="ate"):
    return json.loads((results / f"{name}.json").read_text(encoding="utf-8"))


def test_a_fine_job_has_each_number_once_and_as_its_files_have_it(tmp_path):
    job = said(estimate={"for_whom": FOR_WHOM, "sensitivity": True})
    page, results, _ = done(tmp_path, rows(), job)
    (effect,) = effects(results)["DR"]["effects"]
    numbers = (effect[key] for key in ("estimate", "lower", "upper"))
    shown = by_error(numbers, effect["standard_error"])
    assert page.source.count(f"<b>{shown[0]}</b> ({shown[1]} to {shown[2]})") == 1
    assert "<b>DR and X</b> arm 1 against 0" in page.source
    assert "Overlap: good." in page.text
    for name, index in (("gates", [0, 1]), ("calibration", [0, 1]), ("policy_tree", 0)):
        written = pd.read_csv(results / "for_whom" / "DR" / f"{name}.csv", index_col=index)
        pd.testing.assert_frame_equal(page.download(f"DR_{name}.csv", index), written)
    told = pd.read_csv(results / "for_whom" / "DR" / "sensitivity.csv", index_col=0)
    pd.testing.assert_frame_equal(page.download("sensitivity_DR_and_X.csv"), told)
    assert page.tables["Columns"][1] == ["gain", "outcome", "numbers", "0 %", "500"]


def test_a_job_without_overlap_says_so_first_and_warns_as_the_command_line_does(tmp_path):
    page, results, output = done(tmp_path, rows(confounding=5.0), said())
    warnings = json.loads((results / "about.json").read_text(encoding="utf-8"))["warnings"]
    assert len(warnings) == 2
    assert f"{len(warnings)} warnings" in page.text
    for warning in warnings:
        assert warning in page.text
        assert warning in " ".join(output.split())
    assert page.text.index("Overlap: poor.") < page.text.index(warnings[0])
    assert page.text.index(warnings[-1]) < page.text.index("For whom")
    assert "To see them, name them in estimate.for_whom." in page.text


def test_three_arms_have_an_effect_for_each_treatment_and_population(tmp_path):
    frame = rows(n_variants=3)
    frame["arm"] = frame["arm"].map({0: "none", 1: "low", 2: "high"})
    job = said(estimate={"for_whom": FOR_WHOM, "estimands": ["ATE", "ATO"]})
    job["data"] = {**JOB["data"], "control": "none"}
    page, results, _ = done(tmp_path, frame, job)
    for name, population in (("ate", "average_effects"), ("ato", "ato")):
        table = page.download(f"{population}_DR_and_X.csv")
        for effect in effects(results, name)["DR"]["effects"]:
            assert table.loc[effect["variant"], "estimate"] == pytest.approx(effect["estimate"])
            (shown,) = by_error([effect["estimate"]], effect["standard_error"])
            assert f"<b>{shown}</b>" in page.source
    assert page.source.count('class="numbers"') == 4


def test_a_binary_outcome_is_told_as_a_probability(tmp_path):
    frame = rows()
    frame["gain"] = np.where(frame["gain"] > 0, "well", "ill")
    classes = {**LINEAR, "nuisance": {"class": "sklearn.linear_model.LogisticRegression"}}
    job = said(learners=["DR", "S"], models=classes, estimate={"for_whom": ["gates"]})
    job["data"] = {**JOB["data"], "event": "well"}
    page, results, _ = done(tmp_path, frame, job)
    (effect,) = effects(results)["DR"]["effects"]
    points = f"{100 * effect['estimate']:.3g} percentage points"
    assert f"raises the probability of well (gain) by {effect['estimate']:.3g}" in page.text
    assert points in page.text
    assert f"S: {effects(results)['S']['not_estimated']}" in page.text


def test_a_candidate_that_failed_is_among_the_warnings(tmp_path):
    never = {**LINEAR, "treatment": {"class": "tests.cli.slow_models.WithoutAWord"}}
    job = said(learners="choose", choose={"learners": ["DR", {"kind": "X", "models": never}]})
    page, results, printed = done(tmp_path, rows(), job)
    error = pd.read_csv(results / "choice.csv", index_col=0).loc["X", "error"]
    assert "1 warning" in page.text
    assert page.text.index(f"X failed: {error[:40]}") < page.text.index("For whom")
    assert "chosen among 2 learners" in page.text
    assert f"X failed: {error[:40]}" in " ".join(printed.split())


def test_what_a_job_does_not_ask_for_is_not_there_but_named(tmp_path):
    job = said(learners=["DR"], estimate={"ate": False, "evaluation": False})
    page, _, _ = done(tmp_path, rows(), job)
    assert "estimate.ate is false" in page.text
    assert "estimate.evaluation is false" in page.text
    assert "needs a strength of" in page.text


def test_covariates_that_stay_in_their_files_have_no_balance_but_a_reason(tmp_path):
    frame = rows()
    frame["person"] = [f"p{n}" for n in frame["person"]]
    frame.to_parquet(tmp_path / "study.parquet")
    job = said(learners=["DR"], estimate={"for_whom": ["clan", "policy_tree"]})
    job["data"] = {**JOB["data"], "path": "study.parquet"}
    page, results, _ = done(tmp_path, frame, job)
    assert "The covariates stay in their files, and balance is computed in memory" in page.text
    assert "this is computed in memory only" not in page.text
    assert "Overlap: good." in page.text
    effect = effects(results)["DR"]["effects"][0]
    (shown,) = by_error([effect["estimate"]], effect["standard_error"])
    assert f"<b>{shown}</b>" in page.source


def _fail(*_):
    raise ValueError("too many bins")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("causal_dask.reports.figures.draw_effects", "The figure 'Effects of the rows, by DR' is"),
        ("causal_dask.jobs.results.report.page_of", "There is no report.html, as it could not be"),
    ],
)
def test_a_figure_or_report_that_fails_costs_nothing_else(place, told, tmp_path, monkeypatch):
    monkeypatch.setattr(place, _fail)
    job = {**JOB, "estimate": {"evaluation": False}}
    rows().to_csv(tmp_path / "study.csv", index=False)
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    result = called("run", tmp_path / "job.yaml")
    assert result.exit_code == 0, result.output
    assert result.output.count(told) == 1
    assert "too many bins" in result.output
    assert effects(tmp_path / "results")["DR"]["effects"]
    report = tmp_path / "results" / "report.html"
    assert report.exists() == ("figures" in place)
    assert str(report if report.exists() else report.parent) in result.output
    assert called("resume", tmp_path / "job.yaml").exit_code == 0
