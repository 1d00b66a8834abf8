"""A job for average effects alone: fewer fits, the same numbers, and no effects of single rows."""

import json

import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner
from tests.cli.study import FEATURES, JOB, called, table

BAD_JOB, BAD_DATA = 3, 4
ALONE = {"estimands": ["ATE", "ATT"], "cate": "none", "sensitivity": True,
         "for_whom": ["best_linear_projection", "policy_tree"]}  # fmt: skip


def job_with(estimate, **keys):
    data = {**JOB["data"], "exclude": ["weight", "town"]}
    return {**JOB, "data": data, "folds": 5, "estimate": estimate, **keys}


def put(folder, job):
    """The path of a job file, beside the study."""
    table().to_csv(folder / "study.csv", index=False)
    path = folder / "job.yaml"
    path.write_text(yaml.safe_dump(job), encoding="utf-8")
    return path


def read(folder, name):
    return json.loads((folder / "results" / name).read_text(encoding="utf-8"))


def fits_in(folder):
    timings = pd.read_parquet(folder / "results" / "timings.parquet")
    return timings["task"].value_counts().reindex(["fit", "load"], fill_value=0).to_list()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a job that has run."""
    folder = tmp_path_factory.mktemp("job")
    result = called("run", put(folder, job_with(ALONE)))
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def whole():
    """The same DR-learner with all its models."""
    study = table()
    learner = DRLearner(
        nuisance_model_factory=Ridge, propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge, n_folds=5, random_state=7,
    )  # fmt: skip
    return learner.fit(study[FEATURES], study["gain"], study["arm"])


def test_only_the_fits_of_the_average_effect_are_run(done):
    assert fits_in(done) == [15, 0]
    assert read(done, "about.json")["fits"] == 15
    assert len(list((done / "store").rglob("fit-*"))) == 15


def test_check_and_plan_show_fewer_fits(done):
    checked = called("check", done / "job.yaml").output
    assert "DR on 5 folds, for average effects alone: 15 fits" in checked
    planned = called("plan", done / "job.yaml", "--draw", "").output
    assert "15 are fits of 3 models" in planned


def test_average_effects_are_those_of_a_whole_fit(done, whole):
    for estimand in ("ATE", "ATT"):
        (told,) = read(done, f"{estimand.lower()}.json")["DR"]["effects"]
        expected = whole.average_treatment_effect(estimand=estimand).to_frame().iloc[0]
        assert {key: told[key] for key in expected.index} == dict(expected)


def test_scores_are_those_of_the_nuisance_models(done, whole):
    study = table()
    expected = whole.evaluate(study[FEATURES], study["gain"], study["arm"])
    told = read(done, "evaluation.json")["DR"]
    assert set(expected) - set(told) == {"treatment_model_1_vs_0_neg_root_mean_squared_error"}
    assert told == pytest.approx({name: expected[name] for name in told}, rel=1e-12)


def test_nothing_is_written_of_single_effects(done):
    names = {path.name for path in (done / "results").iterdir()}
    assert {"ate.json", "report.html", "evaluation.json", "for_whom"} <= names
    assert "cate.parquet" not in names
    page = (done / "results" / "report.html").read_text(encoding="utf-8")
    for section in ("Average effects", "For whom", "Can it be trusted?", "How it was made"):
        assert f"<h2>{section}</h2>" in page
    assert "does not ask for effects of single rows: estimate.cate is none" in page
    assert "r_loss" not in page


def test_new_rows_are_refused_with_what_to_do(done, tmp_path):
    out = tmp_path / "new.parquet"
    result = called("predict", done / "results", done / "study.csv", "-o", out)
    assert result.exit_code == BAD_DATA
    assert "'cate: none'" in result.output
    assert "Remove it from 'estimate' and run the job again" in result.output
    assert not out.exists()


def test_the_job_as_run_is_the_same_job_and_the_store_serves_a_whole_one(done, whole, tmp_path):
    assert "there already" in called("resume", done / "job.yaml").output
    as_run = yaml.safe_load((done / "results" / "job.yaml").read_text(encoding="utf-8"))
    assert (as_run["estimate"]["cate"], as_run["estimate"]["new_rows"]) == ("none", False)
    path = put(tmp_path, job_with({}, store=str(done / "store")))
    assert called("run", path).exit_code == 0
    assert fits_in(tmp_path) == [9, 15]
    effects = pd.read_parquet(tmp_path / "results" / "cate.parquet")["DR_1_vs_0"]
    assert effects.to_list() == whole.predict(table()[FEATURES])[:, 0, 0].tolist()


def test_learners_with_equal_average_effects_share_their_fits(tmp_path):
    path = put(tmp_path, job_with({"cate": "none"}, learners=["DR", "X", "R"]))
    result = called("run", path)
    assert result.exit_code == 0, result.output
    told = read(tmp_path, "ate.json")
    assert told["DR"] == told["X"]
    assert told["R"]["effects"][0]["estimate"] != told["DR"]["effects"][0]["estimate"]
    assert "effect" not in "".join(read(tmp_path, "evaluation.json")["X"])


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (job_with({"cate": "none"}, learners=["DR", "T"]), "learners[1]: T estimates no average"),
        (job_with({"cate": "none"}, learners="choose"), "compares effects of single rows"),
        (job_with({"cate": "none", "ate": False}), "estimate: with 'ate: false'"),
        (job_with({"cate": "none", "for_whom": ["rate"]}), "which 'for_whom: rate' would need"),
        (job_with({"cate": "none", "effect_intervals": 50}), "which 'effect_intervals' would"),
        (job_with({"cate": "none", "new_rows": True}), "which 'new_rows: true' would need"),
        (
            job_with({"cate": "none"}, learners=[{"kind": "DR", "parameters": {"keep_models": False}}]),
            "learners[0].parameters.keep_models: without its models",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_what_needs_effects_of_rows_is_refused_before_anything_is_fitted(job, words, tmp_path):
    result = called("check", put(tmp_path, job))
    assert result.exit_code == BAD_JOB
    assert words in result.output


def test_three_variants_are_too_many_for_the_average_effect_of_r(tmp_path):
    study = table().assign(arm=lambda frame: frame["person"] % 3)
    path = put(tmp_path, job_with({"cate": "none"}, learners=["R"]))
    study.to_csv(tmp_path / "study.csv", index=False)
    assert "R estimates no average effects of 3 variants" in called("check", path).output
