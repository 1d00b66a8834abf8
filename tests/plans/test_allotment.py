"""Threads of fits, by simulation: quicker where the graph is narrow, never slower."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask import DRLearner
from causal_dask.datasets import make_study
from causal_dask.graph.note import NO_NOTE, Kind
from causal_dask.plans.allotment import Graph, Moldable, allot, condense
from causal_dask.plans.simulate import Schedule
from causal_dask.plans.speedups import ROWS, SECONDS, THREADS, best_threads, speedup

STUDY = make_study(300, random_state=0)
PLAN = DRLearner(
    nuisance_model_factory=Ridge, treatment_model_factory=Ridge,
    propensity_model_factory=LogisticRegression, n_folds=5, random_state=0,
).plan(STUDY.X, STUDY.y, STUDY.w)  # fmt: skip
NOTES = {key: PLAN.notes.get(key, NO_NOTE) for key in PLAN.waits}
FITS = [key for key, note in NOTES.items() if note.kind is Kind.FIT]


def dr_graph(curve, n_rows, n_slots, most=None):
    """The 24 fits of a DR-learner with 5 folds; one to all rows takes the measured seconds."""
    measured = {100_000: 0, 1_000_000: 1, 10_000_000: 2}
    whole = SECONDS[curve][measured[n_rows]][0] if curve in SECONDS else 5.0
    share = {key: NOTES[key].work.rows / len(STUDY.y) for key in FITS}
    fits = {
        key: Moldable(
            curve, int(n_rows * share[key]), NOTES[key].label.stage,
            (NOTES[key].label.group, NOTES[key].on_all_rows),
        )
        for key in FITS
    }  # fmt: skip
    costs = {key: whole * share[key] for key in FITS}
    return Graph(condense(PLAN.waits, FITS), costs, fits, n_slots, most or n_slots)


def least(graph):
    """The work of all over the slots, or the longest path on the best threads: the longer one."""
    quickest = {key: of[-1] for key, of in graph.on_threads.items()}
    path = Schedule(graph.waits).run(quickest, len(FITS))
    return max(sum(graph.costs.values()) / graph.n_slots, path)


@pytest.mark.parametrize(
    ("n_slots", "goal", "alone"), [(16, 1.35, 1.9), (32, 1.6, 3.8), (48, 1.9, 5.7)]
)
def test_a_narrow_graph_comes_near_the_least_time_that_is_possible(n_slots, goal, alone):
    graph = dr_graph("xgboost", 1_000_000, n_slots)
    assert graph.seconds(allot(graph)) <= goal * least(graph)
    assert graph.seconds(dict.fromkeys(FITS, 1)) >= alone * least(graph)


@pytest.mark.parametrize("n_slots", [2, 4, 8, 16, 32, 48])
@pytest.mark.parametrize("n_rows", ROWS)
@pytest.mark.parametrize("curve", ["xgboost", "lightgbm"])
def test_no_graph_gets_slower_than_with_one_thread_each(curve, n_rows, n_slots):
    graph = dr_graph(curve, n_rows, n_slots)
    threads = allot(graph)
    assert graph.seconds(threads) <= graph.seconds(dict.fromkeys(FITS, 1))
    assert all(1 <= n <= best_threads(curve, graph.fits[key].rows, n_slots)
               for key, n in threads.items())  # fmt: skip


def test_equal_graphs_get_equal_threads():
    found = [allot(dr_graph("xgboost", 1_000_000, 16)) for _ in range(2)]
    assert found[0] == found[1]


def test_a_graph_that_fills_the_machine_has_one_thread_for_each_fit():
    assert set(allot(dr_graph("xgboost", 1_000_000, 2)).values()) == {1}


def test_no_fit_gets_more_threads_than_a_worker_has():
    assert max(allot(dr_graph("xgboost", 1_000_000, 48, most=4)).values()) <= 4


def test_lightgbm_at_few_rows_gets_no_more_than_two_threads():
    assert max(allot(dr_graph("lightgbm", 100_000, 48)).values()) <= 2


@pytest.mark.parametrize("curve", SECONDS)
def test_speed_ups_are_the_measured_ones(curve):
    for n_rows, seconds in zip(ROWS, SECONDS[curve], strict=True):
        for threads, taken in zip(THREADS, seconds, strict=True):
            assert speedup(curve, n_rows, threads) == pytest.approx(seconds[0] / taken)


@given(st.integers(1, 10**8), st.integers(1, 256), st.sampled_from([*SECONDS, "forest", ""]))
def test_speed_ups_are_between_nothing_and_the_number_of_threads(n_rows, threads, curve):
    assert 0.4 <= speedup(curve, n_rows, threads) <= threads * 1.000001
    assert speedup(curve, n_rows, 1) == 1


@given(st.integers(2, 30), st.integers(0, 10_000))
def test_a_condensed_graph_takes_as_long_as_one_whose_other_tasks_take_no_time(n, seed):
    rng = np.random.default_rng(seed)
    waits = {str(i): tuple(str(j) for j in range(i) if rng.random() < 0.3) for i in range(n)}
    kept = [key for key in waits if rng.random() < 0.6]
    costs = {key: float(rng.random()) if key in kept else 0.0 for key in waits}
    whole = Schedule(waits).run(costs, 10**6)
    assert Schedule(condense(waits, kept)).run(costs, 10**6) == pytest.approx(whole)
