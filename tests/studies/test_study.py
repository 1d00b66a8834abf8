"""A study runs what is missing, keeps it, and tells what it found with Monte Carlo errors."""

import os
import signal
import subprocess
import sys
import threading
import time

import dask
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from sklearn.linear_model import LinearRegression

from causal_dask import InvalidInput, Unreadable, metalearner_factory
from causal_dask.datasets import make_study
from causal_dask.errors import CausalDaskWarning, ClusterLost, InvalidType, WorkersDied
from causal_dask.studies import Study
from causal_dask.studies.drawn import draw
from causal_dask.studies.replication import Replication, seed_of
from tests.cluster import faults
from tests.studies import small
from tests.studies.small import dr_learner, generate, study_of, t_learner

COLUMNS = ["n_rows", "replication", "learner", "measure", "value", "error"]


def times_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}


def test_a_study_gives_a_tidy_table():
    results = study_of().run()
    assert list(results.table.columns) == COLUMNS
    assert len(results.table) == 2 * 4 * 2 * 2
    assert (results.table["error"] == "").all()
    assert results.table["value"].notna().all()


def test_measures_are_what_they_are_called():
    study = study_of(
        measures=["mse", "rmse", "bias", "ate_error", "coverage", "width"], replications=1
    )
    found = study.run().table.set_index(["n_rows", "learner", "measure"])["value"]
    replication = Replication({"n_rows": 60}, 0)
    of_data, of_learners = seed_of(0, replication).spawn(2)
    data = draw(generate, {"n_rows": 60}, of_data)
    state = int(of_learners.generate_state(1)[0])
    learner = dr_learner().set_params(random_state=state).fit(data.X, data.y, data.w)
    errors = learner.predict(data.X)[:, 0, 0] - 2
    ((lower, upper),) = learner.average_treatment_effect().interval()
    expected = {
        "mse": np.mean(errors**2),
        "rmse": np.sqrt(np.mean(errors**2)),
        "bias": errors.mean(),
        "ate_error": learner.average_treatment_effect().estimate[0] - 2,
        "coverage": float(lower <= 2 <= upper),
        "width": upper - lower,
    }
    found = found.sort_index()
    assert found[60, "DR"].to_dict() == pytest.approx(expected)


def test_the_summary_has_monte_carlo_errors():
    results = study_of(measures=["rmse", "coverage"]).run()
    values = results.table.query("n_rows == 60 and learner == 'DR' and measure == 'rmse'")["value"]
    row = results.summary().loc[60, "DR", "rmse"]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["mc_error"] == pytest.approx(values.std(ddof=1) / 2)
    assert (row["n"], row["failed"]) == (4, 0)


def test_results_depend_on_nothing_but_seed_setting_and_number():
    whole = study_of().run().table
    alone = study_of(design={"n_rows": [120]}, learners={"DR": dr_learner()}, replications=2).run()
    same = whole.query("n_rows == 120 and learner == 'DR' and replication < 2")
    pd.testing.assert_frame_equal(alone.table, same.reset_index(drop=True))
    other = study_of(seed=1).run().table
    assert not np.isclose(other["value"], whole["value"]).any()


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_schedulers_give_the_same(scheduler):
    plain = study_of().run().table
    with dask.config.set(scheduler=scheduler, num_workers=2):
        pd.testing.assert_frame_equal(study_of().run().table, plain)


def test_a_cluster_gives_the_same_and_worker_deaths_are_rows():
    plain = study_of().run().table
    learners = {"T": t_learner(), "DR": dr_learner()}
    fatal = {"fatal": t_learner(nuisance_model_factory=small.Fatal)}
    settings = {"distributed.scheduler.allowed-failures": 0, "scheduler": None}
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster),
    ):
        found = study_of().run().table
        died = study_of(learners=fatal, replications=1).run().table
    pd.testing.assert_frame_equal(found, plain)
    assert len(learners) == 2
    assert died.query("n_rows == 60")["value"].notna().all()
    assert died.query("n_rows == 120")["error"].str.startswith("KilledWorker").all()


class Fragile(LinearRegression):
    """Kills its process, unless a file is there."""

    def __init__(self, path=None):
        self.path = path
        super().__init__()

    def fit(self, X, y, sample_weight=None):
        if not self.path.exists():
            os._exit(1)
        return super().fit(X, y, sample_weight)


def test_a_replication_that_workers_died_of_is_tried_again(tmp_path):
    cured = tmp_path / "cured"
    learners = {"T": t_learner(nuisance_model_factory=Fragile(cured))}
    study = study_of(learners=learners, replications=1, design=[{"n_rows": 60}])
    settings = {"distributed.scheduler.allowed-failures": 0, "scheduler": None}
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster),
    ):
        died = study.run(tmp_path / "study")
        cured.touch()
        again = study.run(tmp_path / "study")
    assert died.table["error"].str.contains("workers died of this replication").all()
    assert (again.table["error"] == "").all()


def test_a_lost_scheduler_is_told_and_keeps_no_failure(tmp_path):
    learners = {"T": t_learner(nuisance_model_factory=small.Slow)}
    study, folder = study_of(learners=learners, replications=20), tmp_path / "study"
    with (
        dask.config.set(scheduler=None),
        faults.scheduler_process(tmp_path) as (scheduler, file),
        faults.worker_process(file),
        Client(scheduler_file=str(file), timeout=2),
    ):
        killer = threading.Thread(target=kill_when, args=(scheduler.pid, folder))
        killer.start()
        with pytest.raises(ClusterLost, match="run the same again"):
            study.run(folder)
        killer.join()
    kept = study.results(folder).table
    assert 0 < len(kept) < 2 * 20 * 2
    assert (kept["error"] == "").all()
    assert (study_of(learners=learners, replications=2).run(folder).table["error"] == "").all()


def kill_when(pid, folder):
    """Kill a process once some replications are kept."""
    until = time.monotonic() + 300
    while len(list(folder.rglob("0*.json"))) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)


def test_a_process_that_dies_here_is_told():
    learners = {"fatal": t_learner(nuisance_model_factory=small.Fatal)}
    with (
        dask.config.set(scheduler="processes", num_workers=2),
        pytest.raises(WorkersDied, match="run the same again"),
    ):
        study_of(learners=learners).run()


def test_parts_that_start_at_one_moment_do_not_refuse_each_other(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / ".0f.part").touch()  # the other part's study.json, which is being written
    assert len(study_of(replications=1).run(folder, part=(1, 2)).table) == 4


def three_effects(setting, rng):
    X, y, w, _ = generate(setting, rng)
    return X, y, rng.permutation(np.arange(len(w)) % 3), np.ones(len(w))


def test_true_effects_of_another_shape_are_no_errors_of_zero():
    learners = {"DR": dr_learner()}
    measures = ["rmse", "ate_error", "coverage"]
    table = study_of(generate=three_effects, measures=measures, learners=learners).run().table
    assert table["value"].isna().all()
    assert table.query("measure == 'rmse'")["error"].str.contains("a column for each tre").all()
    assert table.query("measure != 'rmse'")["error"].str.contains("2 treatments, and 1").all()


def test_seconds_are_those_of_a_whole_fit_whatever_else_is_measured(tmp_path):
    counts = tmp_path / "counts"
    learners = {"T": t_learner(nuisance_model_factory=Counting(counts))}
    study_of(
        measures=["rmse", "seconds"], learners=learners, replications=1, design=[{"n_rows": 60}]
    ).run()
    assert len(counts.read_text()) == 6


def test_more_replications_leave_the_first_alone(tmp_path):
    first = study_of(replications=2).run(tmp_path / "study")
    before = times_of(tmp_path / "study")
    more = study_of(replications=5).run(tmp_path / "study")
    assert {path: t for path, t in times_of(tmp_path / "study").items() if path in before} == before
    whole = study_of(replications=5).run(tmp_path / "other")
    assert more.path.read_bytes() == whole.path.read_bytes()
    assert len(first.table) == 2 / 5 * len(more.table)
    pd.testing.assert_frame_equal(pd.read_parquet(more.path), more.table)


class Counting(LinearRegression):
    """Counts its fits in a file."""

    def __init__(self, path=None):
        self.path = path
        super().__init__()

    def fit(self, X, y, sample_weight=None):
        with self.path.open("a") as file:
            file.write(".")
        return super().fit(X, y, sample_weight)


def test_another_learner_or_measure_runs_only_what_it_adds(tmp_path):
    counts = tmp_path / "counts"
    counting = {"counting": t_learner(nuisance_model_factory=Counting(counts))}
    study_of(learners=counting, measures=["rmse"]).run(tmp_path / "study")
    both = {**counting, "DR": dr_learner()}
    study_of(learners=both, measures=["rmse"]).run(tmp_path / "study")
    assert len(counts.read_text()) == 8 * 4  # no fit to all rows: only effects are asked
    with_bias = study_of(learners=both, measures=["rmse", "bias"]).run(tmp_path / "study")
    assert len(counts.read_text()) == 2 * 8 * 4
    assert len(with_bias.table) == 8 * 2 * 2
    kept = study_of(learners=both, measures=["bias"]).results(tmp_path / "study")
    assert len(kept.table) == 16


def failing(setting, rng):
    if rng.random() < 0.5:
        raise ArithmeticError("no data today")
    return generate(setting, rng)


def test_a_failure_is_a_row_with_its_error():
    results = study_of(generate=failing, replications=6).run()
    n_failed = results.summary()["failed"]
    assert 0 < n_failed.sum() < len(results.table)
    assert results.failures["error"].eq("ArithmeticError: no data today").all()
    assert results.failures["value"].isna().all()
    assert "of them failed" in repr(results)


def leaving(setting, rng):
    if rng.random() < 0.5:
        sys.exit("no data today")
    return generate(setting, rng)


def leaving_too(learner, data):
    sys.exit(3)


def test_a_function_that_exits_ends_its_replication_and_not_the_study():
    study = study_of(
        generate=leaving, replications=6, measures={"rmse": "rmse", "exits": leaving_too}
    )
    errors = study.run().failures["error"].unique()
    assert set(errors) == {"SystemExit: no data today", "SystemExit: 3"}


class Refuses(LinearRegression):
    def fit(self, X, y, sample_weight=None):  # noqa: ARG002 - scikit-learn's signature
        raise ValueError("never")


class NeedsAFile(LinearRegression):
    """A model that is fitted only where a file is there."""

    def __init__(self, path=None):
        self.path = path
        super().__init__()

    def fit(self, X, y, sample_weight=None):
        self.path.read_text()
        return super().fit(X, y, sample_weight)


def test_what_failed_of_its_machine_is_tried_again(tmp_path):
    def reads(learner, data):
        return float(len(needed.read_text()))

    def wrong(learner, data):
        raise ValueError("whatever machine this is")

    needed = tmp_path / "needed"
    learner = t_learner(nuisance_model_factory=NeedsAFile, nuisance_model_params={"path": needed})
    study = study_of(learners={"T": learner}, measures=["rmse", reads, wrong], replications=1)
    before = study.run(tmp_path / "study").table
    needed.write_text("here")
    after = study.run(tmp_path / "study").table
    assert before["value"].isna().all()
    assert set(after["measure"][after["error"] == ""]) == {"rmse", "reads"}


def test_one_learner_that_fails_does_not_take_the_others_with_it():
    learners = {"T": t_learner(), "bad": t_learner(nuisance_model_factory=Refuses)}
    table = study_of(learners=learners).run().table
    assert table.query("learner == 'T'")["value"].notna().all()
    assert table.query("learner == 'bad'")["error"].str.contains("never").all()


def test_a_measure_of_ones_own_gives_numbers_by_name():
    measures = {
        "quantiles": lambda learner, data: {
            q: np.quantile(learner.predict(data.X), q) for q in (0.1, 0.9)
        },
        "rows": lambda learner, data: len(data.X),
        "word": lambda learner, data: "large",
    }
    table = study_of(measures=measures, replications=1).run().table
    assert set(table["measure"]) == {"quantiles 0.1", "quantiles 0.9", "rows", "word"}
    assert set(table.query("measure == 'rows'")["value"]) == {60, 120}
    assert table.query("measure == 'word'")["error"].str.contains("must give a number").all()


def with_new_rows(setting, rng):
    X, y, w, effects = generate(setting, rng)
    return {"X": X, "y": y, "w": w, "X_new": X[:5] + 1, "effects_new": effects[:5], "note": "x"}


def test_effects_of_new_rows_are_judged_where_there_are_some():
    told = {"note": lambda learner, data: len(data.extra["note"])}
    results = study_of(generate=with_new_rows, measures={"rmse": "rmse", **told}).run()
    assert (results.table["error"] == "").all()
    learners = {"DR": dr_learner()}
    coverage = study_of(generate=with_new_rows, measures=["coverage"], learners=learners).run()
    assert coverage.table["error"].str.contains("needs the true average effect").all()


def test_several_treatments_have_a_number_each():
    study = study_of(
        generate="causal_dask.datasets.make_study", design={"n_rows": [150], "n_variants": [3]},
        learners=[t_learner()], replications=1,
    )  # fmt: skip
    assert list(study.run().table["measure"]) == ["rmse 1", "rmse 2", "bias 1", "bias 2"]


def test_learners_may_depend_on_the_setting_and_be_functions_of_the_data():
    def learners(setting):
        folds = 2 if setting["n_rows"] == 60 else 3
        return {
            "T": t_learner(n_folds=folds),
            "chosen": lambda data: t_learner(random_state=0).fit(data.X, data.y, data.w),
        }

    found = study_of(learners=learners, measures={"folds": lambda t, _: t.n_folds}).run().table
    assert found.groupby(["n_rows", "learner"])["value"].first().to_dict() == {
        (60, "T"): 2.0, (60, "chosen"): 2.0, (120, "T"): 3.0, (120, "chosen"): 2.0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("measures", "drawn", "n_fits"),
    [
        (["rmse"], generate, 4),
        (["mse"], generate, 4),
        (["bias"], with_new_rows, 2),
        (["rmse", "coverage"], generate, 6),
        ([lambda learner, data: 0.0], generate, 6),
    ],
    ids=["training rows", "their squares", "new rows", "average effects", "anything"],
)
def test_only_the_fits_that_measures_need_are_run(measures, drawn, n_fits, tmp_path):
    counts = tmp_path / "counts"
    learners = {"T": t_learner(nuisance_model_factory=Counting(counts))}
    study_of(
        generate=drawn,
        measures=measures,
        learners=learners,
        replications=1,
        design=[{"n_rows": 60}],
    ).run()
    assert len(counts.read_text()) == n_fits


def test_a_goal_is_reached_setting_by_setting():
    study = study_of(measures=["bias"], replications=4, learners={"T": t_learner()})
    results = study.run(until={"mc_error": 0.08})
    summary = results.summary()
    assert (summary["mc_error"] <= 0.08).all()
    assert summary["n"].iloc[0] > summary["n"].iloc[1] >= 4
    assert len(study.run(until={"mc_error": {"bias": 100.0}}).table) == 2 * 10


def test_a_goal_out_of_reach_is_told():
    learners = {"T": t_learner()}
    study = study_of(measures=["bias"], learners=learners, replications=1, design={"n_rows": [40]})
    with pytest.warns(CausalDaskWarning, match="1 of 1 settings have larger Monte Carlo errors"):
        results = study.run(until={"mc_error": 1e-9})
    assert len(results.table) == 100


def test_parts_share_a_folder(tmp_path):
    for number in (1, 2, 3):
        results = study_of().run(tmp_path / "parts", part=(number, 3))
        assert len(results.table) >= number * 8
    whole = study_of().run(tmp_path / "whole")
    assert results.path.read_bytes() == whole.path.read_bytes()


def test_a_folder_of_another_study_is_refused(tmp_path):
    study_of(replications=1).run(tmp_path / "study")
    with pytest.raises(InvalidInput, match="another 'generate' or 'seed'"):
        study_of(seed=7).run(tmp_path / "study")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="has other files in it"):
        study_of().run(tmp_path / "files")
    path = next((tmp_path / "study").rglob("0000000.json"))
    path.write_text("{")
    with pytest.raises(Unreadable, match="Delete it"):
        study_of(replications=1).run(tmp_path / "study")


def test_a_forecast_counts_hours_and_workers():
    found = study_of(replications=1_000).plan(trials=2)
    assert found.core_hours == pytest.approx(1_000 * found.settings["seconds"].sum() / 3600)
    assert 1 <= found.workers <= 2_000
    assert "2 settings of 1,000 replications, 2,000 in all: about " in str(found)


def test_a_check_says_what_fails():
    assert len(study_of().check().table) == 2 * 2 * 2
    with pytest.raises(InvalidInput, match="In the setting n_rows=60: 'rmse' of the learner 'T'"):
        study_of(generate=lambda setting, rng: generate(setting, rng)[:3]).check()


def test_the_means_are_drawn():
    results = study_of().run()
    ax = results.plot("bias")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["n_rows=60", "n_rows=120"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["T", "DR"]
    with pytest.raises(InvalidInput, match="'measure' must be one of"):
        results.plot("pehe")


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        ({"design": {"n_rows": []}}, InvalidInput, "has no value for 'n_rows'"),
        ({"design": []}, InvalidInput, "one setting or more"),
        ({"design": 3}, InvalidType, "'design' must be a grid"),
        ({"design": [{"a": 1}, {"b": 1}]}, InvalidInput, "the same names"),
        ({"design": [{"a": 1}, {"a": 1}]}, InvalidInput, "twice"),
        ({"design": {"learner": ["T"]}}, InvalidInput, "that a column of the results has"),
        ({"design": {"f": [len]}}, InvalidType, "must hold numbers, words"),
        ({"design": {"f": [float("nan")]}}, InvalidType, "must hold numbers, words"),
        ({"measures": ["pehe"]}, InvalidType, "'measures' must be names out of"),
        ({"measures": [lambda a, b: 1, lambda a, b: 2]}, InvalidInput, "two of the name '<lam"),
        ({"measures": []}, InvalidType, "'measures' must be names out of"),
        ({"replications": 0}, InvalidInput, "'replications' must be a whole number of 1"),
        ({"replications": True}, InvalidInput, "'replications' must be a whole number of 1"),
        ({"seed": -1}, InvalidInput, "'seed' must be a whole number of 0"),
        ({"generate": "no.such"}, InvalidInput, "cannot be imported"),
        ({"generate": "math.pi"}, InvalidType, "which is no function"),
    ],
)
def test_what_cannot_be_used_is_told_at_once(wrong, kind, told):
    with pytest.raises(kind, match=told):
        study_of(**wrong)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"part": (0, 3)}, "'part' must be a number"),
        ({"part": (4, 3)}, "'part' must be a number"),
        ({"until": {"mc_error": -1}}, "'until' must be"),
        ({"until": {"mc_error": {"pehe": 0.1}}}, "'until' must be"),
        ({"until": 0.1}, "'until' must be"),
        ({"replications": 0}, "'replications' must be"),
    ],
)
def test_arguments_of_run_are_checked(wrong, told):
    with pytest.raises(InvalidInput, match=told):
        study_of().run(**wrong)


def test_two_learners_of_a_name_are_refused():
    with pytest.raises(InvalidInput, match="two of the name 'TLearner'"):
        study_of(learners=[t_learner(), t_learner(n_folds=3)]).run()


@pytest.mark.parametrize("learners", [{}, 3, {"T": 3}])
def test_learners_that_are_none_are_told(learners):
    with pytest.raises(InvalidType, match="'learners' must"):
        study_of(learners=learners).run()


@pytest.mark.parametrize("given", [(1, 2), {"X": [[1.0]], "y": [1.0]}, None])
def test_data_that_are_incomplete_are_told(given):
    results = study_of(generate=lambda setting, rng: given).run()
    assert results.table["error"].str.contains("'generate' must return X, y and w").all()


def test_any_learner_of_the_catalogue_can_be_studied():
    ra = metalearner_factory("RA")(
        nuisance_model_factory=LinearRegression, treatment_model_factory=LinearRegression, n_folds=2
    )
    assert (study_of(learners=[ra], replications=1).run().table["error"] == "").all()
    assert make_study is not None


PROGRAM = """
import dask
from tests.studies.small import study_of
with dask.config.set(scheduler="processes", num_workers=2):
    study_of(replications=12).run({folder!r})
"""


def test_a_study_that_is_killed_goes_on_to_the_same_bytes(tmp_path):
    folder = tmp_path / "killed"
    for n_kept in (3, 12):
        running = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(folder=str(folder))], start_new_session=True
        )
        until = time.monotonic() + 300
        while len(list(folder.rglob("0*.json"))) < n_kept and time.monotonic() < until:
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    before = times_of(folder)
    assert 12 <= len(before) < 25
    resumed = study_of(replications=12).run(folder)
    assert before.items() <= times_of(folder).items()
    whole = study_of(replications=12).run(tmp_path / "whole")
    assert resumed.path.read_bytes() == whole.path.read_bytes()


def test_a_study_needs_names():
    with pytest.raises(TypeError):
        Study(generate, {})
