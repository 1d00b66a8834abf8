"""What a run prints at its end, and the report that it opens."""

import os
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from causal_dask import load, overlap_report
from causal_dask.display import by_error
from tests.cli.study import JOB, LINEAR, called, table

JOB_FILE = {
    **JOB,
    "learners": ["DR", {"kind": "T", "name": "plain"}],
    "data": {**JOB["data"], "exclude": ["weight", "town"]},
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A job that has run, the folder of its results, and the lines that it printed last."""
    folder = tmp_path_factory.mktemp("job")
    table().to_csv(folder / "study.csv", index=False)
    job = {**JOB_FILE, "estimate": {"for_whom": ["calibration", "rate"]}}
    (folder / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    ended = called("run", folder / "job.yaml", "--quiet")
    assert ended.exit_code == 0, ended.output
    return folder / "job.yaml", folder / "results", ended.stdout.splitlines()


def test_a_run_ends_with_average_effect_overlap_and_spread(ran):
    _, results, lines = ran
    learner = load(results / "learners" / "DR")
    ate = learner.average_treatment_effect().to_frame().iloc[0]
    numbers = ate[["estimate", "lower", "upper"]]
    estimate, low, high = by_error(numbers, ate["standard_error"])
    assert lines[0] == f"DR, 1 against 0: {estimate} (95 %: {low} to {high})"
    assert lines[1].startswith("plain: no average effect. ")
    report = overlap_report(learner)
    effective = [f"{value:,.0f}" for value in report.summary["effective_rows"]]
    assert lines[2] == (
        f"Overlap (DR): smallest propensity {report.quantiles.to_numpy().min():.2g}; effective "
        f"rows {effective[0]} of {(table()['arm'] == 0).sum()} (0), "
        f"{effective[1]} of {(table()['arm'] == 1).sum()} (1)."
    )
    low, high = pd.read_parquet(results / "cate.parquet")["DR_1_vs_0"].quantile([0.05, 0.95])
    told = (
        f"Estimated effects of nine rows in ten: DR_1_vs_0 {low:.3g} to {high:.3g}; plain_1_vs_0 "
    )
    assert lines[3].startswith(told)
    assert len(lines) == 6
    assert lines[-1].endswith(f"The report: {results / 'report.html'}")


def test_the_p_value_of_a_test_that_was_asked_for_is_told(ran):
    _, results, lines = ran
    slopes = []
    for label in ("DR", "plain"):
        frame = pd.read_csv(results / "for_whom" / label / "calibration.csv")
        slope = frame[frame["of"] == "slope"].iloc[0]
        slopes.append(f"{label}, 1: {slope['estimate']:.3g} (p = {slope['p_value']:.2g})")
    assert lines[4] == f"Do effects differ? By the calibration slope: {'; '.join(slopes)}."


def test_of_two_classes_the_effects_on_the_event_are_told(tmp_path):
    rows = table()
    rows.assign(gain=(rows["gain"] > 0).map({True: "well", False: "ill"})).to_csv(
        tmp_path / "study.csv", index=False
    )
    classifier = {
        "nuisance": LINEAR["propensity"],
        **{k: LINEAR[k] for k in ("propensity", "treatment")},
    }
    data = {**JOB_FILE["data"], "event": "ill"}
    job = {**JOB_FILE, "learners": ["DR"], "models": classifier, "data": data}
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    printed = called("run", tmp_path / "job.yaml", "--quiet").stdout
    assert "of nine rows in ten: DR_1_vs_0_ill " in printed
    assert "DR_1_vs_0_well" not in printed


def test_what_was_not_computed_is_not_told(tmp_path):
    table().to_csv(tmp_path / "study.csv", index=False)
    job = {**JOB_FILE, "learners": ["T"], "estimate": {"evaluation": False}}
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(job), encoding="utf-8")
    printed = called("run", tmp_path / "job.yaml").stdout
    assert "Overlap: not looked at, as no learner has a propensity model." in printed
    assert "Not tested; 'for_whom: [calibration]' under 'estimate' tests it." in printed


def opened(path, folder, browser):
    """What the program prints when it opens results that exist, with some browser or none."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY"}
    }
    done = subprocess.run(
        [sys.executable, "-m", "causal_dask", "run", str(path), "--unless-done", "--open"],
        capture_output=True, text=True, check=True, timeout=300,
        env={**env, "PATH": str(folder), "BROWSER": browser},
    )  # fmt: skip
    return done.stdout


def test_the_report_is_opened_in_the_browser_of_the_user(ran, tmp_path):
    path, results, _ = ran
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    assert "no browser" not in opened(path, tmp_path, f"{browser} %s")
    assert seen.read_text(encoding="utf-8").strip() == (results / "report.html").as_uri()


def test_a_report_that_is_not_there_is_not_opened(ran, tmp_path):
    path, results, _ = ran
    page = (results / "report.html").rename(tmp_path / "elsewhere.html")
    try:
        assert "There is no report to open" in opened(path, tmp_path, "false %s")
    finally:
        page.rename(results / "report.html")


def test_where_there_is_no_browser_the_path_is_told(ran, tmp_path):
    path, results, _ = ran
    told = opened(path, tmp_path, "")
    assert (
        f"no browser here. Copy this file to where there is one: {results / 'report.html'}" in told
    )


def test_a_study_ends_with_a_line_for_each_setting_and_measure(tmp_path):
    file = tmp_path / "study.yaml"
    study = {
        "generate": "causal_dask.datasets.nie_wager",
        "design": {"setup": ["A", "B"], "n_rows": [80]},
        "learners": [{"kind": "T", "name": "one"}, {"kind": "T", "name": "two"}],
        "models": JOB["models"], "folds": 2, "measures": ["rmse", "bias"], "replications": 2, "seed": 1,
    }  # fmt: skip
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    ended = called("study", "run", file, "--quiet")
    assert ended.exit_code == 0, ended.output
    lines = ended.stdout.splitlines()
    summary = pd.read_csv(tmp_path / "results" / "summary.csv")
    assert lines[0] == "Means ± Monte Carlo errors"
    assert lines[1].split() == ["learner", "one", "two"]
    assert len(lines) == 3 + 2 * 2 + 1
    first = summary[(summary["setup"] == "A") & (summary["measure"] == "rmse")]
    cells = [
        f"{mean:.4g} ± {error:.2g}"
        for mean, error in zip(first["mean"], first["mc_error"], strict=True)
    ]
    assert all(cell in lines[3] for cell in cells)
    assert lines[-1] == f"The report: {tmp_path / 'results' / 'report.html'}"


def test_a_check_tells_what_a_fit_would_warn_of_once(tmp_path):
    made = table().assign(loss=lambda rows: -rows["gain"])
    made.to_csv(tmp_path / "study.csv", index=False)
    (tmp_path / "job.yaml").write_text(yaml.safe_dump(JOB_FILE), encoding="utf-8")
    ended = called("check", tmp_path / "job.yaml")
    assert ended.exit_code == 0, ended.output
    told = [line for line in ended.stdout.splitlines() if "'loss'" in line]
    assert len(told) == 1
    assert told[0].startswith("Warning: 'X' has the column 'loss' that falls with 'y', the outcome")
