"""A job from its file to its results: they are what the Python API gives, and whole."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner, load
from causal_dask.display import by_error
from tests.cli.study import FEATURES, JOB, called, table

FILES = {
    "about.json", "ate.json", "cate.parquet", "evaluation.json", "job.yaml", "learners",
    "plan.svg", "report.html", "timings.parquet",
}  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a job that has run, with a DR- and a T-learner."""
    folder = tmp_path_factory.mktemp("job")
    table().to_csv(folder / "study.csv", index=False)
    job = {**JOB, "learners": ["DR", {"kind": "T", "name": "plain"}]}
    job["data"] = {**JOB["data"], "exclude": ["weight", "town"]}
    (folder / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    result = called("run", folder / "job.yaml")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def by_hand():
    """The same DR-learner without a job file."""
    study = table()
    learner = DRLearner(
        nuisance_model_factory=Ridge,
        propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge,
        n_folds=3,
        random_state=7,
    )
    return learner.fit(study[FEATURES], study["gain"], study["arm"])


def results(folder, name):
    path = folder / "results" / name
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_results_are_all_there_and_nothing_else(done):
    assert {path.name for path in (done / "results").iterdir()} == FILES
    assert {path.name for path in done.iterdir()} == {"study.csv", "job.yaml", "store", "results"}


def test_effects_are_those_of_the_python_api_with_the_rows_names(done, by_hand):
    cate = results(done, "cate.parquet")
    assert list(cate) == ["person", "DR_1_vs_0", "plain_1_vs_0"]
    assert (cate["person"] == np.arange(240)).all()
    expected = by_hand.predict(table()[FEATURES])[:, 0, 0]
    np.testing.assert_array_equal(cate["DR_1_vs_0"], expected)


def test_average_effects_are_those_of_the_python_api(done, by_hand):
    told = results(done, "ate.json")
    expected = by_hand.average_treatment_effect().to_frame().iloc[0]
    (effect,) = told["DR"]["effects"]
    assert {key: effect[key] for key in expected.index} == dict(expected)
    assert "has no propensity" in told["plain"]["not_estimated"]


@pytest.mark.filterwarnings("ignore:The losses of effects")
def test_scores_have_losses_that_compare_learners_by_the_same_judge(done, by_hand):
    scores = results(done, "evaluation.json")
    study = table()
    asked = {"effect": ["r_loss", "dr_loss"]}
    expected = by_hand.evaluate(study[FEATURES], study["gain"], study["arm"], scoring=asked)
    assert scores["DR"] == pytest.approx(expected, rel=1e-12)
    assert {"effect_1_vs_0_r_loss", "effect_1_vs_0_dr_loss"} <= scores["plain"].keys()


def test_timings_have_each_task_once_though_learners_share_some(done):
    timings = results(done, "timings.parquet")
    assert timings["key"].is_unique
    assert (timings["task"] == "fit").sum() == 4 * 4
    assert results(done, "about.json")["fits"] == 4 * 4


def test_saved_learners_predict_what_the_job_wrote(done):
    learner = load(done / "results" / "learners" / "DR")
    cate = results(done, "cate.parquet")["DR_1_vs_0"]
    np.testing.assert_array_equal(learner.predict(table()[FEATURES])[:, 0, 0], cate)


def test_the_job_as_run_runs_again_to_the_same_effects(done, tmp_path):
    again = tmp_path / "again"
    result = called("run", done / "results" / "job.yaml", "--output", again)
    assert result.exit_code == 0, result.output
    first, second = done / "results" / "cate.parquet", again / "cate.parquet"
    assert first.read_bytes() == second.read_bytes()
    timings = pd.read_parquet(again / "timings.parquet")
    assert (timings["task"] == "load").sum() == 4 * 4
    assert "fit" not in set(timings["task"])


def test_the_report_tells_the_estimates_and_needs_no_network(done):
    page = (done / "results" / "report.html").read_text(encoding="utf-8")
    effect = results(done, "ate.json")["DR"]["effects"][0]
    (estimate,) = by_error([effect["estimate"]], effect["standard_error"])
    assert f"<b>{estimate}</b>" in page
    assert page.count("<svg") >= 4
    outside = [a for a in re.findall(r'(?:src|href)="([^"#]+)', page) if not a.startswith("data:")]
    assert outside == []
    for section in ("Average effects", "For whom", "Can it be trusted?", "The data"):
        assert f"<h2>{section}</h2>" in page
    for folded in ("What ran", "The graph", "The job file, and how to run it again"):
        assert f"<details><summary>{folded}</summary>" in page


def test_new_rows_get_the_effects_that_the_learner_predicts(done, by_hand, tmp_path):
    others = table(50, seed=1)
    others.drop(columns=["gain", "arm"]).to_parquet(tmp_path / "others.parquet")
    out = tmp_path / "new.parquet"
    result = called("predict", done / "results", tmp_path / "others.parquet", "-o", out)
    assert result.exit_code == 0, result.output
    written = pd.read_parquet(out)
    assert list(written) == ["person", "DR_1_vs_0", "plain_1_vs_0"]
    expected = by_hand.predict(others[FEATURES])[:, 0, 0]
    np.testing.assert_allclose(written["DR_1_vs_0"], expected, rtol=1e-12)


def test_one_learner_can_be_chosen_to_predict(done, tmp_path):
    out = tmp_path / "new.parquet"
    arguments = ("predict", done / "results", done / "study.csv", "-o", out)
    assert called(*arguments, "--learner", "plain").exit_code == 0
    assert list(pd.read_parquet(out)) == ["person", "plain_1_vs_0"]
    unknown = called(*arguments, "--learner", "DX", "--force")
    assert unknown.exit_code == 3
    assert "There is no learner 'DX'. The learners are ['DR', 'plain']" in unknown.output


def test_a_file_of_predictions_is_not_overwritten(done, tmp_path):
    out = tmp_path / "new.parquet"
    out.write_text("mine", encoding="utf-8")
    result = called("predict", done / "results", done / "study.csv", "-o", out)
    assert result.exit_code == 3
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_folder_without_results_predicts_nothing(tmp_path):
    result = called("predict", tmp_path, "x.csv")
    assert result.exit_code == 4
    assert "is no folder of results" in result.output


def test_results_are_replaced_only_by_force_and_not_run_again_unless_needed(done):
    assert called("run", done / "job.yaml").exit_code == 3
    for command in (("resume",), ("run", "--unless-done")):
        result = called(*command, done / "job.yaml")
        assert result.exit_code == 0
        assert "The results are there already" in result.output
    before = (done / "results" / "cate.parquet").read_bytes()
    assert called("run", done / "job.yaml", "--force").exit_code == 0
    assert (done / "results" / "cate.parquet").read_bytes() == before


def test_there_is_nothing_to_resume_without_a_store(job, written):
    result = called("resume", written(job))
    assert result.exit_code == 3
    assert "nothing to resume" in result.output
    assert "causal-dask run" in result.output


def test_check_and_plan_fit_nothing(job, written, folder, monkeypatch):
    monkeypatch.chdir(folder)
    path = written(job)
    checked = called("check", path)
    assert "240 rows, 3 covariates; DR on 3 folds: 16 fits" in checked.output
    planned = called("plan", path, "--workers", "1,4")
    assert "16 are fits of 4 models" in planned.output
    assert (folder / "plan.svg").read_text(encoding="utf-8").startswith("<svg")
    assert not (folder / "store").exists()


def test_a_plan_is_predicted_from_the_timings_of_a_run(done):
    timings = done / "results" / "timings.parquet"
    result = called("plan", done / "job.yaml", "--draw", "", "--timings", timings)
    assert "Critical path (measured" in result.output


def test_stores_are_listed_measured_and_pruned(done, tmp_path):
    store = done / "store"
    assert "DR-learner, treatment_model, variant 1, fold 0" in called("store", "ls", store).output
    assert "in 16 results" in called("store", "du", store).output
    freed = called("store", "prune", store, "--keep", "0 B", "--dry-run").output
    assert re.fullmatch(r"[\d.,]+ MB would be freed\n", freed)
    wrong = called("store", "prune", store, "--keep", "much")
    assert wrong.exit_code == 2
    assert "--keep must be" in wrong.output
    assert "a text such as '10 GB'" in wrong.output


def test_rows_that_are_not_the_training_rows_can_get_the_effects(job, written, folder, by_hand):
    others = table(60, seed=2)
    others.to_parquet(folder / "others.parquet")
    job["estimate"] = {"cate": "others.parquet"}
    assert called("run", written(job)).exit_code == 0
    cate = results(folder, "cate.parquet")
    expected = by_hand.predict(others[FEATURES])[:, 0, 0]
    np.testing.assert_allclose(cate["DR_1_vs_0"], expected, rtol=1e-12)
    assert "models fitted to all training rows" in (folder / "results" / "report.html").read_text()


def with_words(folder, job):
    """The study with a covariate in words, and models that take it."""
    study = table()
    study["town"] = np.where(study["town"] > 15, "north", "south")
    trees = {
        "class": "sklearn.ensemble.HistGradientBoostingRegressor",
        "parameters": {"max_iter": 5},
    }
    classes = {**trees, "class": "sklearn.ensemble.HistGradientBoostingClassifier"}
    job["models"] = {"nuisance": trees, "propensity": classes, "treatment": trees}
    job["data"]["exclude"] = ["weight"]
    study.to_csv(folder / "study.csv", index=False)
    return study


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_words_in_files_are_the_categories_that_they_are_in_text(ending, job, written, folder):
    study = with_words(folder, job)
    assert called("run", written(job)).exit_code == 0
    if ending == "parquet":
        study.to_parquet(folder / "study.parquet")
    else:
        study.to_feather(folder / "study.arrow")
    job["data"]["path"] = f"study.{ending}"
    result = called("run", written(job), "--output", folder / "again")
    assert result.exit_code == 0, result.output
    first = results(folder, "cate.parquet")
    pd.testing.assert_frame_equal(first, pd.read_parquet(folder / "again" / "cate.parquet"))


def test_new_rows_have_the_categories_of_the_training_rows(job, written, folder):
    with_words(folder, job)
    assert called("run", written(job)).exit_code == 0
    new = table(60, seed=3).assign(town=["north", "south", "south"] * 20)
    rows = new[new["town"] == "south"]
    rows.to_csv(folder / "south.csv", index=False)
    new.to_csv(folder / "all.csv", index=False)
    for name in ("south", "all"):
        out = folder / f"{name}.parquet"
        assert (
            called("predict", folder / "results", folder / f"{name}.csv", "-o", out).exit_code == 0
        )
    both = pd.read_parquet(folder / "all.parquet").iloc[rows.index].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "south.parquet"), both)


def test_new_rows_with_words_for_numbers_are_told(done, tmp_path):
    table(20).assign(dose="much").to_csv(tmp_path / "new.csv", index=False)
    result = called(
        "predict", done / "results", tmp_path / "new.csv", "-o", tmp_path / "new.parquet"
    )
    assert result.exit_code == 4
    assert "the column 'dose' has words such as 'much'" in result.output


@pytest.mark.parametrize("named", ["parts", "parts/*.csv", ["parts/a.csv", "parts/b.csv"]])
def test_text_files_can_be_several(named, job, written, folder, by_hand):
    study = table()
    (folder / "parts").mkdir()
    study[:100].to_csv(folder / "parts" / "a.csv", index=False)
    study[100:].to_csv(folder / "parts" / "b.csv", index=False, sep=";")
    job["data"]["path"] = named
    result = called("run", written(job))
    assert result.exit_code == 0, result.output
    expected = by_hand.predict(study[FEATURES])[:, 0, 0]
    np.testing.assert_allclose(results(folder, "cate.parquet")["DR_1_vs_0"], expected, rtol=1e-12)


def test_known_propensities_are_for_the_learners_that_use_them(job, written, folder):
    job["learners"] = ["DR", "T"]
    job["data"]["propensities"] = 0.5
    result = called("run", written(job))
    assert result.exit_code == 0, result.output
    assert list(results(folder, "cate.parquet")) == ["person", "DR_1_vs_0", "T_1_vs_0"]


def test_results_of_a_job_that_has_changed_are_not_taken_for_its_own(job, written, folder):
    assert called("run", written(job)).exit_code == 0
    job["seed"] += 1
    for command in (("resume",), ("run", "--unless-done")):
        result = called(*command, written(job))
        assert result.exit_code == 3
        assert "of another job file, or of this one before it was changed" in result.output
    assert called("resume", written(job), "--force").exit_code == 0
    job["run"] = {"threads": 1}
    assert called("resume", written(job)).exit_code == 0


def test_the_job_as_run_keeps_parameters_that_are_empty(job, written, folder):
    with_words(folder, job)
    job["data"]["exclude"] = ["weight", "town"]
    for model in job["models"].values():
        model["parameters"] = {"max_iter": 3, "categorical_features": []}
    assert called("run", written(job)).exit_code == 0
    as_run = yaml.safe_load((folder / "results" / "job.yaml").read_text())
    assert as_run["models"]["nuisance"]["parameters"]["categorical_features"] == []


def test_effects_can_be_written_as_text(done, tmp_path):
    out = tmp_path / "new.csv"
    assert called("predict", done / "results", done / "study.csv", "-o", out).exit_code == 0
    assert list(pd.read_csv(out)) == ["person", "DR_1_vs_0", "plain_1_vs_0"]
    assert called("predict", done / "results", done / "study.csv", "-o", "x.txt").exit_code == 3


def test_a_first_job_file_looks_at_the_data(tmp_path, monkeypatch):
    study = table()
    arms = study["arm"].map({0: "None", 1: "B"})
    names, days = [f"id{n}" for n in study["person"]], pd.date_range("2020-01-01", periods=240)
    study = study.assign(arm=arms, person=names, day=days.astype(str), empty=np.nan)
    study = study.rename(columns={"gain": "Zuwachs in \u00b5g"})
    study.to_csv(tmp_path / "study.csv", index=False, sep=";", decimal=",")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs").mkdir()
    words = ("--data", "study.csv", "--outcome", "Zuwachs in \u00b5g", "--treatment", "arm")
    assert called("init", "jobs/job.yaml", *words).exit_code == 0
    said = yaml.safe_load((tmp_path / "jobs" / "job.yaml").read_text(encoding="utf-8"))
    assert said["data"] == {
        "path": "../study.csv",
        "outcome": "Zuwachs in \u00b5g",
        "treatment": "arm",
        "control": "None",
        "exclude": ["person", "day", "empty"],
    }
    result = called("check", "jobs/job.yaml")
    assert "240 rows, 5 covariates" in result.output, result.output


@pytest.mark.parametrize("form", ["parquet", "folder"])
def test_files_give_the_same_effects_as_a_table_in_memory(form, job, written, folder, by_hand):
    study = table()
    if form == "folder":
        (folder / "study").mkdir()
        for part, rows in enumerate(np.array_split(np.arange(len(study)), 3)):
            study.iloc[rows].to_parquet(folder / "study" / f"part.{part}.parquet")
        job["data"]["path"] = "study"
    else:
        study.to_parquet(folder / "study.parquet")
        job["data"]["path"] = "study.parquet"
    assert called("run", written(job)).exit_code == 0
    cate = results(folder, "cate.parquet")
    expected = by_hand.predict(study[FEATURES])[:, 0, 0]
    np.testing.assert_allclose(cate["DR_1_vs_0"], expected, rtol=1e-9)
    assert (cate["person"] == np.arange(240)).all()


@pytest.mark.filterwarnings("ignore:The standard errors rest on 30 groups")
def test_weights_groups_labels_and_known_propensities_reach_the_learner(job, written, folder):
    study = table().assign(arm=lambda frame: frame["arm"].map({0: "placebo", 1: "drug"}))
    study.to_csv(folder / "study.csv", index=False)
    job["data"] |= {"weights": "weight", "groups": "town", "control": "placebo", "exclude": []}
    job["data"]["propensities"] = 0.5
    result = called("run", written(job))
    assert result.exit_code == 0, result.output
    learner = DRLearner(
        nuisance_model_factory=Ridge, treatment_model_factory=Ridge,
        n_folds=3, random_state=7, control="placebo",
    ).fit(
        study[FEATURES], study["gain"], study["arm"],
        sample_weight=study["weight"], groups=study["town"], propensities=0.5,
    )  # fmt: skip
    (effect,) = results(folder, "ate.json")["DR"]["effects"]
    estimate, error = learner.average_treatment_effect()
    assert effect["variant"] == "drug"
    assert effect["estimate"] == pytest.approx(estimate[0], rel=1e-12)
    assert effect["standard_error"] == pytest.approx(error[0], rel=1e-12)


def test_words_are_categories_and_two_classes_have_effects(job, written, folder):
    study = table()
    study["town"] = np.where(study["town"] > 15, "north", "south")
    study["gain"] = (study["gain"] > 0).astype(int)
    study.to_csv(folder / "study.csv", index=False)
    trees = {
        "class": "sklearn.ensemble.HistGradientBoostingRegressor",
        "parameters": {"max_iter": 5},
    }
    classes = {**trees, "class": "sklearn.ensemble.HistGradientBoostingClassifier"}
    job["models"] = {"nuisance": classes, "propensity": classes, "treatment": trees}
    job["data"]["exclude"] = ["weight"]
    result = called("run", written(job))
    assert result.exit_code == 0, result.output
    assert list(results(folder, "cate.parquet")) == ["person", "DR_1_vs_0_0", "DR_1_vs_0_1"]


def test_a_model_that_fails_is_named_and_the_rest_is_kept(job, written, folder):
    job["models"]["treatment"] = {
        "class": "sklearn.linear_model.QuantileRegressor",
        "parameters": {"solver": "interior-point"},
    }
    result = called("run", written(job))
    assert result.exit_code == 5, result.output
    assert "DR-learner, treatment_model, variant 1" in result.output
    assert "results have finished and are kept" in result.output
    assert "in 12 results" in called("store", "du", folder / "store").output


@pytest.mark.parametrize(
    "run",
    [
        {"where": "address", "address": "tcp://127.0.0.1:1"},
        {"where": "scheduler-file", "scheduler_file": "none.json"},
    ],
    ids=["address", "scheduler file"],
)
def test_a_scheduler_that_does_not_answer_is_told(run, job, written, folder):
    job["run"] = {**run, "config": {"distributed.comm.timeouts.connect": "1s"}}
    result = called("run", written(job))
    assert result.exit_code == 6, result.output
    assert "There is no scheduler at" in result.output
    assert "within 1 s" in result.output
    assert not (folder / "store").exists()


def test_worker_processes_of_this_machine_give_the_same(job, written, folder, by_hand):
    job["run"] = {"where": "local", "workers": 2}
    report = folder / "dask.html"
    result = called("run", written(job), "--performance-report", report)
    assert result.exit_code == 0, result.output
    cate = results(folder, "cate.parquet")
    expected = by_hand.predict(table()[FEATURES])[:, 0, 0]
    np.testing.assert_array_equal(cate["DR_1_vs_0"], expected)
    assert "bokeh" in report.read_text(encoding="utf-8").lower()


def test_a_performance_report_needs_a_cluster(job, written, folder):
    result = called("run", written(job), "--performance-report", folder / "dask.html")
    assert result.exit_code == 3
    assert "run.workers" in result.output


def test_a_model_that_fails_without_a_word_is_named_too(job, written):
    job["models"]["treatment"] = {"class": "tests.cli.slow_models.WithoutAWord"}
    result = called("run", written(job))
    assert result.exit_code == 5
    assert "DR-learner, treatment_model, variant 1, fold 0: ValueError" in result.output


def test_the_first_job_file_runs_as_it_is_written(folder):
    study = folder / "study.csv"
    result = called(
        "init", folder / "job.yaml", "--data", study, "--outcome", "gain", "--treatment", "arm"
    )
    assert result.exit_code == 0, result.output
    assert called("run", folder / "job.yaml").exit_code == 0
    assert list(results(folder, "cate.parquet")) == ["DR_1_vs_0", "X_1_vs_0"]
    assert called("init", folder / "job.yaml").exit_code == 3


def test_a_first_job_file_without_data_is_a_job_file(tmp_path):
    path = tmp_path / "job.yaml"
    assert called("init", path).exit_code == 0
    result = called("check", path)
    assert result.exit_code == 4
    assert "there is no file" in result.output


def test_a_job_whose_results_get_no_new_rows_fits_nothing_to_all_rows(tmp_path):
    table().to_csv(tmp_path / "study.csv", index=False)
    job = {**JOB, "learners": ["DR"], "estimate": {"new_rows": False}}
    path = tmp_path / "job.yaml"
    path.write_text(yaml.safe_dump(job), encoding="utf-8")
    assert "12 fits" in called("check", path).output
    assert called("run", path).exit_code == 0
    told = called("predict", tmp_path / "results", tmp_path / "study.csv")
    assert told.exit_code != 0
    assert "has 'new_rows: false'" in " ".join(told.output.split())
    path.write_text(
        yaml.safe_dump({**job, "estimate": {"new_rows": False, "cate": "study.csv"}}),
        encoding="utf-8",
    )
    assert "leave 'new_rows' out" in called("check", path).output


def test_a_job_can_share_prepared_covariates(tmp_path, done):
    table().to_csv(tmp_path / "study.csv", index=False)
    job = yaml.safe_load((done / "job.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "job.yaml"
    path.write_text(yaml.safe_dump({**job, "prepare": "shared"}), encoding="utf-8")
    assert called("run", path).exit_code == 0
    plain, shared = (results(folder, "cate.parquet") for folder in (done, tmp_path))
    np.testing.assert_allclose(shared["DR_1_vs_0"], plain["DR_1_vs_0"], rtol=1e-9)
