"""A job over several tables, from a column or from files, to the folder of results."""

import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner, fit_each
from tests.cli.study import FEATURES, LINEAR, called, table

SITES = {"north": 200, "south": 260, "west.2": 320}

DATA = {"outcome": "gain", "treatment": "arm", "exclude": ["weight", "town", "person"]}


def sites():
    """A table for each site."""
    return {name: table(n_rows, seed) for seed, (name, n_rows) in enumerate(SITES.items())}


def job_in(folder, each="file", path="sites/*.csv", **changed):
    """A job file over the sites, which are files and one table with a column."""
    (folder / "sites").mkdir(exist_ok=True)
    frames = sites()
    for name, frame in frames.items():
        if not (folder / "sites" / f"{name}.csv").exists():
            frame.to_csv(folder / "sites" / f"{name}.csv", index=False)
            frame.to_parquet(folder / "sites" / f"{name}.parquet")
    whole = pd.concat([frame.assign(site=name) for name, frame in frames.items()])
    whole.to_csv(folder / "whole.csv", index=False)
    said = {
        "data": {"path": path, "each": each, **DATA},
        "learners": ["DR"], "models": LINEAR, "folds": 3, "seed": 7, **changed,
    }  # fmt: skip
    (folder / "job.yaml").write_text(yaml.safe_dump(said))
    return folder / "job.yaml"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a job over files, and what it printed."""
    folder = tmp_path_factory.mktemp("each")
    result = called("run", job_in(folder, estimate={"estimands": ["ATE", "ATT"]}))
    assert result.exit_code == 0, result.output
    return folder, result.output


def csv(folder, name):
    return pd.read_csv(folder / "results" / f"{name}.csv")


def by_hand(estimand="ATE"):
    learner = DRLearner(
        nuisance_model_factory=Ridge, propensity_model_factory=LogisticRegression,
        treatment_model_factory=Ridge, n_folds=3, random_state=7,
    )  # fmt: skip
    tables = {name: (t[FEATURES], t["gain"], t["arm"]) for name, t in sites().items()}
    return fit_each(learner, tables).average_effect(estimand)


@pytest.mark.parametrize("part", ["estimates", "pooled", "heterogeneity"])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_results_are_those_of_fit_each(done, part, estimand):
    folder, _ = done
    found = csv(folder, part).query("estimand == @estimand").reset_index(drop=True)
    assert (found["learner"] == "DR").all()
    expected = getattr(by_hand(estimand), part)
    pd.testing.assert_frame_equal(found.drop(columns=["learner", "estimand"]), expected, rtol=1e-9)


def test_the_folder_has_tables_and_a_page_with_forest_plots(done):
    folder, printed = done
    assert {path.name for path in (folder / "results").iterdir()} == {
        "estimates.parquet", "estimates.csv", "pooled.csv", "heterogeneity.csv", "report.html",
        "timings.parquet", "plan.svg", "job.yaml", "about.json",
    }  # fmt: skip
    kept = pd.read_parquet(folder / "results" / "estimates.parquet")
    pd.testing.assert_frame_equal(kept, csv(folder, "estimates"))
    page = (folder / "results" / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "in 3 tables" in page
    assert page.count("west.2") > 2
    assert all(word in printed for word in ("fixed", "random", "west.2"))


def test_learners_with_the_same_estimates_share_a_section(tmp_path):
    assert called("run", job_in(tmp_path, learners=["DR", "X"])).exit_code == 0
    assert set(csv(tmp_path, "estimates")["learner"]) == {"DR", "X"}
    page = (tmp_path / "results" / "report.html").read_text()
    assert "<h3>DR and X: 1 against control</h3>" in page
    assert page.count("<svg") == 1


@pytest.mark.parametrize(
    ("each", "path"),
    [("site", "whole.csv"), ("file", "sites/*.parquet"), ("site", "whole.parquet")],
)
def test_a_column_and_parquet_files_give_the_same(each, path, done, tmp_path):
    whole = pd.concat([frame.assign(site=name) for name, frame in sites().items()])
    whole.to_parquet(tmp_path / "whole.parquet", index=False)
    assert called("run", job_in(tmp_path, each, path)).exit_code == 0
    expected = csv(done[0], "estimates").query("estimand == 'ATE'")
    pd.testing.assert_frame_equal(csv(tmp_path, "estimates"), expected, rtol=1e-9)


def test_what_is_in_the_store_is_not_run_again(done, tmp_path):
    path = job_in(tmp_path)
    assert called("run", path).exit_code == 0
    before = (tmp_path / "results" / "estimates.parquet").read_bytes()
    assert "are there already" in called("resume", path).output
    assert called("resume", path, "--force").exit_code == 0
    tasks = pd.read_parquet(tmp_path / "results" / "timings.parquet")["task"]
    assert "fit" not in set(tasks)
    assert (tmp_path / "results" / "estimates.parquet").read_bytes() == before


def test_the_job_as_run_can_be_run_again(done, tmp_path):
    folder, _ = done
    again = called("run", folder / "results" / "job.yaml", "--output", tmp_path / "again")
    assert again.exit_code == 0, again.output
    assert (tmp_path / "again" / "pooled.csv").read_bytes() == (
        folder / "results" / "pooled.csv"
    ).read_bytes()


def test_a_check_shows_the_rows_of_each_table_and_counts_all_fits(tmp_path):
    done = called("check", job_in(tmp_path, learners=["DR", "X"]))
    assert done.exit_code == 0, done.output
    assert "780 rows in 3 tables, 3 covariates; DR, X on 3 folds" in done.output
    assert [line.split()[:2] for line in done.output.splitlines() if "west.2 " in line] == [
        ["west.2", "320"]
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"learners": ["T"]}, "learners[0]: T has no average effects with standard errors here"),
        ({"learners": "choose"}, "'data.each' needs learners"),
        ({"estimate": {"for_whom": ["gates"]}}, "leave 'estimate.for_whom' out"),
        ({"estimate": {"cate": "new.csv"}}, "leave 'estimate.cate' out"),
        ({"each": "sight", "path": "whole.csv"}, "data.each: the table has no column 'sight'"),
        ({"path": "sites/north.csv"}, "data.each: there is one table only, 'north'"),
        ({"each": "town", "path": "whole.csv"}, "are both the column 'town'"),
    ],
)
def test_a_job_that_cannot_be_run_says_why(changed, told, tmp_path):
    data = {"exclude": ["weight"], "groups": "town"} if changed.get("each") == "town" else {}
    path = job_in(tmp_path, **changed)
    said = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**said, "data": {**said["data"], **data}}))
    done = called("check", path)
    assert done.exit_code in (3, 4)
    assert told in done.output


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        (lambda frame: frame.assign(arm=0), "data.treatment: in the table 'south': "),
        (lambda frame: frame.head(4), "in the table 'south': Variant"),
        (lambda frame: frame.drop(columns="dose"), "south.csv and "),
        (lambda frame: frame.head(0), "south.csv has no rows"),
        (lambda frame: frame.assign(file=1), "south.csv and "),
    ],
)
def test_a_table_that_cannot_be_used_is_told_by_its_name(alter, told, tmp_path):
    path = job_in(tmp_path)
    alter(sites()["south"]).to_csv(tmp_path / "sites" / "south.csv", index=False)
    done = called("check", path)
    assert done.exit_code == 4
    assert told in done.output


def test_an_empty_file_and_a_table_without_outcomes_are_told(tmp_path):
    path = job_in(tmp_path)
    (tmp_path / "sites" / "east.csv").write_text("")
    assert "east.csv has no rows" in called("check", path).output
    sites()["south"].assign(gain=None).to_csv(tmp_path / "sites" / "east.csv", index=False)
    said = yaml.safe_load(path.read_text())
    said["data"]["missing_outcome"] = "drop"
    path.write_text(yaml.safe_dump(said))
    assert "no row of the table 'east' has an outcome" in called("check", path).output


def test_new_rows_cannot_be_predicted(done):
    folder, _ = done
    refused = called("predict", folder / "results", folder / "whole.csv")
    assert "compares several tables by 'data.each', and keeps no learners" in refused.output
