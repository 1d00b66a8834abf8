"""A job that chooses its learner: the choice is that of Python, and the report tells how sure it is."""

import json

import pandas as pd
import pytest
import yaml

from causal_dask import choose, load
from causal_dask.estimators.catalogue import metalearner_factory
from tests.cli.study import FEATURES, JOB, LINEAR, called, table

TREE = {"class": "sklearn.tree.DecisionTreeRegressor", "parameters": {"max_depth": 3}}
TREES = {**LINEAR, "nuisance": TREE, "treatment": TREE}


def job_with(**choice):
    data = {**JOB["data"], "exclude": ["weight", "town"]}
    return {**JOB, "data": data, "learners": "choose", "choose": choice}


def ran(folder, job):
    table(300).to_csv(folder / "study.csv", index=False)
    (folder / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    result = called("run", folder / "job.yaml")
    assert result.exit_code == 0, result.output
    return result.output, folder / "results"


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    job = job_with(learners=["DR", "T"], models={"linear": LINEAR, "trees": TREES})
    output, results = ran(tmp_path_factory.mktemp("job"), job)
    return output, results


def test_the_table_is_that_of_python(chosen):
    found = pd.read_csv(chosen[1] / "choice.csv", index_col="candidate")
    study = table(300)
    candidates = {}
    for kind in ("DR", "T"):
        for name, models in (("linear", LINEAR), ("trees", TREES)):
            arguments = {f"{stage}_model_factory": _made(each) for stage, each in models.items()}
            candidates[f"{kind}-{name}"] = metalearner_factory(kind)(n_folds=3, **arguments)
    expected = choose(
        candidates, study[FEATURES], study["gain"], study["arm"], random_state=7, refit=False
    )
    columns = ["loss", "std_error", "difference", "difference_error"]
    pd.testing.assert_frame_equal(found[columns], expected.table[columns], rtol=1e-9)


def _made(model):
    from importlib import import_module  # noqa: PLC0415 - the path is a text

    module, _, name = model["class"].rpartition(".")
    return getattr(import_module(module), name)(**model.get("parameters", {}))


def test_the_chosen_alone_is_kept_and_reported(chosen):
    output, results = chosen
    best = pd.read_csv(results / "choice.csv")["candidate"][0]
    assert [path.name for path in (results / "learners").iterdir()] == [best]
    assert f"{best}, 1 against 0" in output
    assert list(json.loads((results / "ate.json").read_text())) == [best]
    page = (results / "report.html").read_text(encoding="utf-8")
    assert f"{best} has the smallest R-loss of 4 candidates" in page
    assert "chosen among 4 learners" in page
    assert page.index("Which learner") < page.index("Effects of the rows")


def test_new_rows_are_predicted_by_the_chosen(chosen, tmp_path):
    results = chosen[1]
    table(40, seed=5).to_csv(tmp_path / "new.csv", index=False)
    done = called("predict", results, tmp_path / "new.csv", "--output", tmp_path / "new.parquet")
    assert done.exit_code == 0, done.output
    assert len(pd.read_parquet(tmp_path / "new.parquet")) == 40


def test_the_job_as_run_is_a_choice_again(chosen):
    results = chosen[1]
    written = yaml.safe_load((results / "job.yaml").read_text(encoding="utf-8"))
    assert written["learners"] == "choose"
    assert list(written["choose"]["models"]) == ["linear", "trees"]
    assert written["choose"]["models"]["trees"]["nuisance"]["class"] == TREE["class"]
    done = called("resume", results.parent / "job.yaml")
    assert "there already" in done.output


def test_check_and_plan_tell_what_is_tried(chosen):
    job = chosen[1].parent / "job.yaml"
    checked = called("check", job)
    assert "the best of DR-linear, DR-trees, T-linear, T-trees, judged in 3 folds" in checked.output
    planned = called("plan", job, "--draw", "")
    assert planned.exit_code == 0, planned.output
    assert "DR-learner, treatment_model, variant 1" in planned.output


def test_a_chosen_learner_without_propensities_has_an_average_effect_by_the_judge(tmp_path):
    job = job_with(learners=["S", "T"])
    output, results = ran(tmp_path, {**job, "estimate": {"for_whom": ["rate"]}})
    assert "against 0" in output
    assert "no average effect" not in output
    (folder,) = (results / "learners").iterdir()
    learner = load(folder)
    study = table(300)
    plain = metalearner_factory(folder.name)(
        nuisance_model_factory=_made(LINEAR["nuisance"]), n_folds=3, random_state=7
    ).fit(study[FEATURES], study["gain"], study["arm"])
    effects = learner.predict(study[FEATURES])
    assert effects == pytest.approx(plain.predict(study[FEATURES]))


def test_failed_candidates_are_told(tmp_path):
    never = {"class": "tests.cli.slow_models.WithoutAWord"}
    broken = {
        **LINEAR,
        "treatment": {"class": "sklearn.svm.SVR", "parameters": {"kernel": "linear"}},
    }
    job = job_with(learners=["DR", {"kind": "X", "models": {**broken, "nuisance": never}}])
    _, results = ran(tmp_path, job)
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "X failed:" in page
    assert "(1 failed)" in page


def test_lists_of_models_are_stacked(tmp_path):
    both = {**LINEAR, "nuisance": [LINEAR["nuisance"], TREE]}
    data = {**JOB["data"], "exclude": ["weight", "town"]}
    job = {**JOB, "data": data, "models": both}
    ran(tmp_path, job)
    learner = load(tmp_path / "results" / "learners" / "DR")
    assert set(learner.stack_weights_["candidate"]) == {"Ridge", "DecisionTreeRegressor"}
    written = yaml.safe_load((tmp_path / "results" / "job.yaml").read_text(encoding="utf-8"))
    assert [each["class"] for each in written["models"]["nuisance"]] == [
        LINEAR["nuisance"]["class"], TREE["class"],
    ]  # fmt: skip
    assert written["models"]["propensity"] == {"class": "sklearn.linear_model.LogisticRegression"}
