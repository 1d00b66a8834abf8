"""The keys that nodes run under."""

from causal_dask.graph.node import data, node
from causal_dask.graph.walk import visit
from causal_dask.plans.execution import Alteration, Execution, call_plainly, execution_keys, waits
from causal_dask.plans.plan import Plan

A, B, C = data(1, "a"), data(2, "b"), data(3, "c")


def total(x, y=0, *more, scale=1):
    return (x + y) * scale


def product(x, y=1):
    return x * y


INNER = node(product, {"x": A, "y": B})
OUTER = node(total, {"x": INNER, "y": C})
BESIDE = node(product, {"x": B, "y": C})
NODES = visit([OUTER, BESIDE])
THREADED = Execution(alterations={INNER.key: Alteration(2, {"jobs": 2})})


def keys_of(nodes, execution):
    return execution_keys(waits(nodes, execution, {}), execution, {})


def test_a_plain_execution_runs_every_node_under_its_own_key():
    assert keys_of(NODES, Execution()) == {key: key for key in NODES}


def test_an_altered_node_and_its_readers_run_under_keys_of_their_own():
    keys = keys_of(NODES, THREADED)
    changed = {content for content, key in keys.items() if key != content}
    assert changed == {INNER.key, OUTER.key}
    assert all(key.startswith(content) for content, key in keys.items())


def test_different_alterations_never_share_a_key():
    ways = [
        Alteration(2, {"jobs": 2}), Alteration(3, {"jobs": 2}), Alteration(2, {"jobs": 3}),
        Alteration(2), Alteration(),
    ]  # fmt: skip
    keys = [keys_of(NODES, Execution(alterations={INNER.key: way})) for way in ways]
    assert len({found[INNER.key] for found in keys}) == len(ways)
    assert len({found[OUTER.key] for found in keys}) == len(ways)


def test_a_node_that_reads_two_altered_ones_differs_from_one_that_reads_either():
    other = node(product, {"x": C, "y": C})
    last = node(total, {"x": INNER, "y": other})
    keys = {
        keys_of(visit([last]), Execution(alterations=alterations))[last.key]
        for alterations in (
            dict.fromkeys(altered, Alteration(2))
            for altered in ([], [INNER.key], [other.key], [INNER.key, other.key])
        )
    }
    assert len(keys) == 4


def test_a_known_result_runs_under_another_key_than_the_call_that_gives_it():
    fresh, told = Plan((OUTER,), dict), Plan((OUTER,), dict, known={INNER.key: 2})
    assert told.keys[INNER.key] != fresh.keys[INNER.key]
    assert told.keys[OUTER.key] != fresh.keys[OUTER.key]


def test_two_plans_that_run_a_node_otherwise_have_no_key_for_both():
    plain, threaded = Plan((OUTER, BESIDE), dict), Plan((OUTER, BESIDE), dict, THREADED)
    both = dict(plain.__dask_graph__()).keys() & dict(threaded.__dask_graph__()).keys()
    assert both == {A.key, B.key, C.key, BESIDE.key}


def test_performing_plainly_is_calling():
    assert call_plainly(total, "key", 1, x=1, y=2) == 3
