"""Keys of nodes, and ways over a graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causal_dask.graph.label import Label
from causal_dask.graph.node import Data, data, node, sources
from causal_dask.graph.note import Note
from causal_dask.graph.walk import calls, fold, visit
from causal_dask.plans.plan import Plan

A, B, C = data(1, "a"), data(2, "b"), data(3, "c")


def total(x, y=0, *more, scale=1):
    return (x + y) * scale


def product(x, y=1):
    return x * y


def all_of(parts, others=()):
    return [*parts, *others]


def chain(length):
    last = A
    for number in range(length):
        last = node(total, {"x": last}, y=number)
    return last


def test_equal_calls_have_equal_keys():
    assert node(total, {"x": A, "y": B}, scale=2).key == node(total, {"y": B, "x": A}, scale=2).key


def test_a_key_begins_with_the_name_of_its_function_or_data():
    assert node(total, {"x": A}).key.startswith("total-")
    assert A.key.startswith("a-")


def test_the_key_of_data_is_its_content_and_not_its_place():
    array = np.arange(3)
    assert data(array).key == data(array.copy()).key != data(array + 1).key


DIFFERENT = {
    "function": node(product, {"x": A, "y": B}),
    "read": node(total, {"x": A, "y": C}),
    "keywords exchanged": node(total, {"x": B, "y": A}),
    "keyword": node(total, {"x": A, "scale": B}),
    "constant": node(total, {"x": A, "y": B}, scale=2),
    "constant's type": node(total, {"x": A, "y": B}, scale=2.0),
    "read instead of constant": node(total, {"x": A}, y=2),
    "the plain one": node(total, {"x": A, "y": B}),
}


def test_a_key_depends_on_function_constants_and_reads_by_keyword():
    assert len({made.key for made in DIFFERENT.values()}) == len(DIFFERENT)


def test_a_key_depends_on_how_reads_are_grouped():
    groups = [
        {"parts": (A, B), "others": (C,)},
        {"parts": (A,), "others": (B, C)},
        {"parts": (A, B, C), "others": ()},
        {"parts": (A, B, C)},
        {"parts": (B, A), "others": (C,)},
        {"parts": A, "others": (B, C)},
    ]
    assert len({node(all_of, reads).key for reads in groups}) == len(groups)


def test_a_key_depends_on_the_version_of_its_function():
    def work(x):
        return x

    before = node(work, {"x": A}).key
    work.version = 2
    assert node(work, {"x": A}).key != before


def test_labels_are_in_no_key():
    made = node(total, {"x": A})
    plans = [Plan((made,), list, notes={made.key: Note(Label(name))}) for name in ("one", "other")]
    assert plans[0].keys == plans[1].keys
    assert plans[0].name == plans[1].name


def test_reads_are_told_in_the_order_of_their_keywords_with_tuples_opened():
    made = node(all_of, {"parts": (A, B), "others": C})
    assert list(sources(made)) == [A, B, C]
    assert list(sources(A)) == []


@pytest.mark.parametrize("word", ["key", "threads", "run"])
def test_a_function_may_call_its_arguments_what_the_runner_calls_its_own(word):
    def echo(**given):
        return given

    plan = Plan((node(echo, {word: A}),), lambda results: next(iter(results.values())))
    assert plan.compute(scheduler="synchronous") == {word: 1}


GRAPHS = st.lists(
    st.lists(st.integers(0, 30), min_size=1, max_size=3, unique=True), min_size=1, max_size=12
)


def built(shape):
    """A graph whose node n reads some of those before it."""
    made = [A]
    for number, reads in enumerate(shape):
        parts = tuple(made[read % len(made)] for read in reads)
        made.append(node(all_of, {"parts": parts}, others=(number,)))
    return made


@given(GRAPHS)
@settings(deadline=None)
def test_a_visit_meets_every_needed_node_once_and_reads_before_readers(shape):
    met = visit(built(shape)[-1:])
    order = list(met)
    assert len(order) == len(set(order))
    for key, source in met.items():
        assert all(order.index(read.key) < order.index(key) for read in sources(source))


def test_a_visit_does_not_look_behind_what_is_known():
    middle = node(total, {"x": A})
    last = node(total, {"x": middle, "y": B})
    assert list(visit([last], stop_at={middle.key})) == [middle.key, B.key, last.key]


def test_a_deep_chain_is_visited_folded_and_run_without_recursion():
    last = chain(5_000)
    assert len(visit([last])) == 5_001
    assert fold([last], lambda _, below: 1 + sum(below))[last.key] == 5_001
    plan = Plan((last,), lambda results: results[last.key])
    assert plan.compute(scheduler="synchronous") == 1 + sum(range(5_000))


def test_a_fold_gives_each_node_the_results_of_what_it_reads():
    last = node(all_of, {"parts": (A, B), "others": (B, C)})
    told = fold([last], lambda source, below: below or source.value)
    assert told[last.key] == [1, 2, 2, 3]


def test_calls_are_found_by_the_name_of_their_function():
    inner = node(product, {"x": A})
    outer = node(total, {"x": inner, "y": node(product, {"x": B})})
    assert [made.reads["x"] for made in calls([outer], "product")] == [A, B]


def test_data_made_by_hand_is_known_by_the_key_it_was_given():
    one, other = Data("X-1", [1]), Data("X-1", [2])
    assert node(total, {"x": one}).key == node(total, {"x": other}).key
