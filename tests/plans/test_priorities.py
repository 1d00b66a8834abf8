"""The longest path to the end, and how long a graph would take, on graphs small enough to see."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causal_dask.plans.priorities import critical_path, in_order, path_lengths
from causal_dask.plans.simulate import enough_workers, makespan, powers_of_two, simulate, width

DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}
COSTS = {"a": 1.0, "b": 2.0, "c": 5.0, "d": 1.0}


@st.composite
def graphs(draw):
    """What up to ten tasks wait for, each for some before it, and their costs."""
    n = draw(st.integers(1, 10))
    edges = [draw(st.sets(st.integers(0, k - 1))) if k else set() for k in range(n)]
    waits = {str(k): tuple(map(str, sorted(earlier))) for k, earlier in enumerate(edges)}
    return waits, {key: draw(st.floats(0.125, 4, width=16)) for key in waits}


def test_the_length_of_a_way_counts_the_task_itself_and_the_longer_side():
    assert path_lengths(DIAMOND, COSTS) == {"a": 7.0, "b": 3.0, "c": 6.0, "d": 1.0}


def test_the_critical_path_goes_along_the_longer_side():
    assert critical_path(DIAMOND, COSTS) == ["a", "c", "d"]
    assert critical_path({}, {}) == []


def test_tasks_are_put_after_what_they_wait_for():
    assert list(in_order({"d": ("c",), "c": ("b",), "b": (), "a": ("d",)})) == ["b", "c", "d", "a"]


@given(graphs(), st.integers(1, 5))
def test_a_schedule_waits_and_has_workers_for_all_that_runs(graph, n_workers):
    waits, costs = graph
    slots = {slot.key: slot for slot in simulate(waits, costs, n_workers)}
    assert slots.keys() == waits.keys()
    assert all(slots[e].end <= slots[k].start for k, earlier in waits.items() for e in earlier)
    running = [sum(s.start <= at.start < s.end for s in slots.values()) for at in slots.values()]
    assert max(running) <= n_workers


@given(graphs(), st.integers(1, 5))
def test_a_makespan_lies_between_the_bounds_of_every_list_schedule(graph, n_workers):
    waits, costs = graph
    longest, total = max(path_lengths(waits, costs).values()), sum(costs.values())
    least = max(longest, total / n_workers)
    most = total / n_workers + longest * (1 - 1 / n_workers)  # Graham (1969)
    assert least - 1e-9 <= makespan(waits, costs, n_workers) <= most + 1e-9


@given(graphs())
def test_the_longest_way_is_the_time_of_as_many_workers_as_tasks(graph):
    waits, costs = graph
    way = critical_path(waits, costs)
    assert all(earlier in waits[later] for earlier, later in itertools.pairwise(way))
    assert makespan(waits, costs, len(waits)) == pytest.approx(sum(costs[key] for key in way))


def test_equal_fits_finish_in_whole_waves():
    waits, costs = {str(k): () for k in range(66)}, {str(k): 1.0 for k in range(66)}
    assert [makespan(waits, costs, n) for n in (8, 16, 32)] == [9, 5, 3]


def test_width_counts_what_could_run_at_once_and_no_others():
    assert width(DIAMOND, COSTS, {"b", "c"}) == 2
    assert width(DIAMOND, COSTS, {"a", "d"}) == 1
    assert width(DIAMOND, COSTS, set()) == 0


def test_more_workers_than_enough_save_less_than_five_percent():
    waits, costs = {str(k): () for k in range(7)}, {str(k): 1.0 for k in range(7)}
    assert enough_workers(waits, costs, 7) == 7
    assert enough_workers(DIAMOND, COSTS, 2) == 2
    assert enough_workers({"a": (), "b": ("a",)}, {"a": 1.0, "b": 1.0}, 2) == 1
    assert list(powers_of_two(5)) == [1, 2, 4, 8]
