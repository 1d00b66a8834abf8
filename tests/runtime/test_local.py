"""The threaded scheduler runs the most urgent of the tasks that are ready."""

import dask
import pytest
from dask.callbacks import Callback
from dask.diagnostics import ProgressBar

from causal_dask.runtime.local import Ready, get_in_order


def graph_of(ran, names):
    graph = {name: (ran.append, name.upper()) for name in names}
    return {**graph, "last": (len, list(names))}


def test_the_most_urgent_task_is_popped_first_and_among_equals_the_last_one_added():
    ready = Ready(["a", "b", "c"], {"a": 1.0, "b": 3.0, "c": 1.0})
    ready.append("d")  # of no priority: it holds others up
    assert [ready.pop() for _ in range(len(ready))] == ["d", "b", "c", "a"]
    assert len(ready) == 0


@pytest.mark.parametrize("order", ["abcd", "dcba", "bdca"])
def test_one_thread_runs_tasks_in_the_order_of_their_priorities(order):
    ran = []
    priorities = {name: -float(place) for place, name in enumerate(order)} | {"last": -9.0}
    with dask.config.set(num_workers=1):
        assert get_in_order(graph_of(ran, "abcd"), ["last"], priorities) == (4,)
    assert "".join(ran) == order.upper()


def test_callbacks_that_are_active_are_told_of_the_tasks(capsys):
    seen = []
    with Callback(pretask=lambda key, *_: seen.append(key)), ProgressBar():
        get_in_order(graph_of([], "ab"), ["last"], {"a": 1.0, "b": 2.0, "last": 0.0})
    assert sorted(seen) == ["a", "b", "last"]
    assert "100%" in capsys.readouterr().out
