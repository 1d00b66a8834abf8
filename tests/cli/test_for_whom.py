"""A job that asks for whom treatments work: its files and its report are what Python gives."""

import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner, clan, gates, policy_tree, rate
from tests.cli.study import FEATURES, JOB, called, table

QUESTIONS = [
    "gates", "calibration", "clan", "rate", "rank_curve", "policy_tree", "best_linear_projection",
]  # fmt: skip


def job_with(estimate):
    job = {**JOB, "learners": ["DR", {"kind": "T", "name": "plain"}], "folds": 4}
    job["data"] = {**JOB["data"], "exclude": ["weight", "town"]}
    return {**job, "estimate": estimate}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The results of a job that asks everything."""
    folder = tmp_path_factory.mktemp("job")
    table(800).to_csv(folder / "study.csv", index=False)
    estimate = {
        "estimands": ["ATE", "ATT", "ATO"], "for_whom": QUESTIONS, "sensitivity": True,
        "costs": {"1": 0.5}, "effect_intervals": 50,
    }  # fmt: skip
    (folder / "job.yaml").write_text(yaml.safe_dump(job_with(estimate)), encoding="utf-8")
    result = called("run", folder / "job.yaml")
    assert result.exit_code == 0, result.output
    return folder / "results"


@pytest.fixture(scope="module")
def judged():
    study = table(800)
    learner = DRLearner(
        nuisance_model_factory=Ridge, propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge, n_folds=4, random_state=7,
    )  # fmt: skip
    learner.fit(study[FEATURES], study["gain"], study["arm"])
    return learner.judged_effects(study[FEATURES])


def test_there_is_a_file_for_each_learner_and_question(folder):
    for label in ("DR", "plain"):
        found = {path.name for path in (folder / "for_whom" / label).iterdir()}
        expected = {f"{name}.csv" for name in [*QUESTIONS, "sensitivity"]}
        assert found == expected | {"policy_tree.txt"}


def test_tables_are_those_of_python(folder, judged):
    study = table(800)
    by_hand = {
        "gates": gates(judged),
        "rate": rate(judged),
        "clan": clan(judged, study[FEATURES]),
    }
    for name, expected in by_hand.items():
        found = pd.read_csv(folder / "for_whom" / "DR" / f"{name}.csv")
        columns = expected.to_frame().columns
        pd.testing.assert_frame_equal(
            found[columns], expected.to_frame().reset_index(drop=True), rtol=1e-9
        )
    tree = policy_tree(judged.scores, study[FEATURES], costs=0.5)
    text = (folder / "for_whom" / "DR" / "policy_tree.txt").read_text(encoding="utf-8")
    assert text.strip() == str(tree)


def test_other_estimands_have_files_of_their_own(folder):
    names = {path.name for path in folder.iterdir()}
    assert {"ate.json", "att.json", "ato.json", "cate_intervals.parquet"} <= names


def test_intervals_of_single_effects_lie_around_them(folder):
    bounds = pd.read_parquet(folder / "cate_intervals.parquet")
    assert list(bounds.columns) == [
        "DR_1_vs_0_lower", "DR_1_vs_0_upper", "plain_1_vs_0_lower", "plain_1_vs_0_upper",
    ]  # fmt: skip
    effects = pd.read_parquet(folder / "cate.parquet")
    middle = (bounds["DR_1_vs_0_lower"] + bounds["DR_1_vs_0_upper"]) / 2
    assert (middle - effects["DR_1_vs_0"]).abs().mean() < 0.3  # those are of models without the row


def test_the_report_says_what_was_not_planned(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "For whom" in page
    assert "Exploratory" in page
    assert "those who received the treatment" in page
    assert page.count("<svg") > 8
    for title in ("Groups by predicted effect", "Who the most affected are"):
        assert page.count(f">{title}</h4>") == 2  # each learner ranks rows in its own way
    assert page.count(">A rule of treatment</h4>") == 1  # both have the same scores


def test_a_planned_question_is_not_exploratory(tmp_path):
    table().to_csv(tmp_path / "study.csv", index=False)
    job = job_with({"for_whom": ["rate"], "planned": True, "ate": False})
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    assert called("run", tmp_path / "job.yaml").exit_code == 0
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "were planned before the data were seen" in page
    assert "Exploratory" not in page


def test_covariates_in_files_are_read_for_questions_about_them(tmp_path):
    found = []
    for ending, write in {"csv": pd.DataFrame.to_csv, "parquet": pd.DataFrame.to_parquet}.items():
        folder = tmp_path / ending
        folder.mkdir()
        write(table(), folder / f"study.{ending}", index=False)
        questions = {"for_whom": ["clan", "best_linear_projection", "policy_tree"]}
        job = {**job_with(questions), "learners": ["DR"]}
        job["data"] = {**job["data"], "path": f"study.{ending}"}
        (folder / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
        assert called("run", folder / "job.yaml").exit_code == 0
        found.append(folder / "results" / "for_whom" / "DR")
    for name in ("clan.csv", "best_linear_projection.csv"):
        in_memory, in_files = (pd.read_csv(answers / name) for answers in found)
        pd.testing.assert_frame_equal(in_files, in_memory, rtol=1e-6)
    # The gains are those of a rule from half of the rows, where two rules tie up to rounding.
    rules = [(answers / "policy_tree.txt").read_text(encoding="utf-8") for answers in found]
    assert rules[0] == rules[1]


@pytest.mark.parametrize(
    ("estimate", "key"),
    [({"for_whom": ["gates"]}, "for_whom"), ({"sensitivity": True}, "sensitivity")],
)
def test_questions_that_no_learner_can_answer_are_told_by_check(tmp_path, estimate, key):
    table().to_csv(tmp_path / "study.csv", index=False)
    job = {**job_with(estimate), "learners": ["S", "T"]}
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    result = called("check", tmp_path / "job.yaml")
    assert result.exit_code == 3
    said = " ".join(result.output.split())
    assert f"estimate.{key}: this is estimated from scores, and none of the learners S, T" in said


def test_too_few_folds_for_a_question_are_told_by_check(tmp_path):
    table().to_csv(tmp_path / "study.csv", index=False)
    job = {**job_with({"for_whom": ["policy_tree", "gates"]}), "folds": 2}
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    result = called("check", tmp_path / "job.yaml")
    assert result.exit_code == 3
    words = "estimate.for_whom: gates of the learner DR needs folds: 3 or more, as effects"
    assert f", {words}" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        ({"for_whom": ["gate"]}, "estimate.for_whom"),
        ({"costs": [1.0, 2.0]}, "2 costs for 1 treatments"),
        (
            {"costs": {"2": 1.0}},
            "estimate.costs: there are costs of ['2'], and the treatments are [1]",
        ),
        (
            {"costs": {"0": 0.0, "1": 1.0}},
            "there are costs of ['0', '1'], and the treatments are [1]",
        ),
        ({"costs": {"1": "dear"}}, "estimate.costs"),
        ({"costs": float("inf")}, "estimate.costs"),
        ({"costs": {"1": float("nan")}}, "estimate.costs"),
        ({"effect_intervals": 5}, "estimate.effect_intervals"),
        ({"estimands": ["LATE"]}, "estimate.estimands"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_fitted(tmp_path, estimate, words):
    table().to_csv(tmp_path / "study.csv", index=False)
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job_with(estimate)), encoding="utf-8")
    result = called("check", tmp_path / "job.yaml")
    assert result.exit_code != 0
    assert words in result.output
