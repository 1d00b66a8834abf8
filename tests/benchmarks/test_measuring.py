"""What the benchmarks measure with does what it says."""

import json

import dask
import pytest

from causal_dask.runtime.run import run
from tests.benchmarks.contest import contest
from tests.benchmarks.idle import emptied, idle_learner
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import chosen
from tests.benchmarks.task_clock import TaskClock
from tests.benchmarks.timing import alternated, median_ratio, medians, seconds_of
from tests.benchmarks.width import costs_of, data, least, sleeping

RECORD = Record("small", "Small things", ("name",), "seconds", "Nothing of note.")


def test_runs_take_turns_and_every_other_round_goes_backwards():
    order = []
    alternated({name: lambda name=name: order.append(name) for name in "abc"}, rounds=2)
    assert order == list("abccba")


def test_seconds_are_those_of_the_clock():
    ticks = iter([1.0, 3.5])
    assert seconds_of(lambda: None, clock=lambda: next(ticks)) == 2.5


def test_ratios_are_taken_within_a_round():
    seconds = {"ours": [1.0, 10.0, 3.0], "theirs": [2.0, 20.0, 1.0]}
    assert median_ratio(seconds, "ours", "theirs") == 0.5
    assert medians(seconds) == {"ours": 3.0, "theirs": 2.0}


def test_only_settings_near_the_best_stay_in_a_contest():
    took = {
        "ours": [2.0, 2.0, 6.0],
        "good": [3.0, 8.0, 8.0],
        "other": [3.5, 4.0, 4.0],
        "slow": [9.0],
    }
    turns = {name: iter(seconds) for name, seconds in took.items()}

    def measure(runs, rounds):
        return {name: [next(turns[name]) for _ in range(rounds)] for name in runs}

    found = contest(None, dict.fromkeys(["good", "other", "slow"]), rounds=3, measure=measure)
    assert found == {"ours": 2.0, "best": 4.0, "setting": "other", "ratio": 2 / 3.5}


def test_a_cell_that_is_measured_again_replaces_itself_only(tmp_path):
    for name, seconds in [("a", 1.0), ("b", 2.0), ("a", 3.0)]:
        RECORD.keep({"name": name, "seconds": seconds}, tmp_path)
    kept = {row["name"]: row["seconds"] for row in RECORD.rows(tmp_path)}
    assert kept == {"a": 3.0, "b": 2.0}


def test_results_of_another_machine_are_let_go(tmp_path):
    RECORD.keep({"name": "a", "seconds": 1.0}, tmp_path)
    path = tmp_path / "small.json"
    found = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(found | {"machine": {"cores": 1000}}), "utf-8")
    assert RECORD.rows(tmp_path) == []


def test_a_choice_of_the_environment_comes_before_the_default(monkeypatch):
    monkeypatch.setenv("LEARNERS", "S, DR")
    assert chosen("LEARNERS", ["T"]) == ["S", "DR"]
    assert chosen("NO_SUCH_VARIABLE", ["T"]) == ["T"]


def test_the_task_clock_meets_every_fit_and_prediction():
    learner = idle_learner(n_folds=3)
    plan = learner.plan(*data())
    with dask.config.set(scheduler="synchronous"), TaskClock() as clock:
        learner.fit(*data())
    counted = {kind: clock.calls[kind] for kind in ("fit", "predict")}
    assert counted == {kind: plan.count(kind) for kind in ("fit", "predict")}
    assert clock.counted > 0


def test_an_emptied_plan_has_the_same_nodes_and_does_nothing():
    plan = idle_learner(n_folds=3).plan(*data())
    empty = emptied(plan)
    assert empty.nodes.keys() == plan.nodes.keys()
    values = {getattr(each, "value", each) for each in run(empty).values()}  # of fits: with timings
    assert values == {None}


def test_the_fits_of_case_b_last_half_a_second_to_one_and_a_half_each_its_own():
    costs = costs_of([sleeping("DR", "B", unit=1.0).plan(*data())])
    durations = [seconds for seconds in costs.values() if seconds]
    assert len(set(durations)) == 66
    assert all(0.5 <= seconds <= 1.5 for seconds in durations)


def test_a_sleeper_sleeps_as_long_as_is_known_before():
    learner = sleeping("T", "B", unit=1e-3)
    plan = learner.plan(*data())
    fits = {key for key in plan.nodes if key.startswith("fit-")}
    models = plan.compute(scheduler="sync")._fitted.results
    costs = costs_of([plan])
    assert {key: models[key].duration for key in fits} == {key: costs[key] for key in fits}


@pytest.mark.parametrize(("slots", "seconds"), [(1, 66.0), (66, 2.0)])
def test_nothing_is_sooner_than_the_critical_path_or_the_shared_work(slots, seconds):
    plans = [sleeping("DR", "A", unit=1.0).plan(*data())]
    assert least(plans, costs_of(plans), slots) == seconds
