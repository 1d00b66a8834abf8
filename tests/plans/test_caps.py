"""Caps as edges: how many fits can run at once, whatever the order in which they end."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causal_dask.plans.caps import NO_CAPS, Caps, chain_tasks, lanes
from causal_dask.plans.priorities import in_order

SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=5)
CAP = st.none() | st.integers(1, 6)


def most_at_once(models, after, seed):
    """The most models and fits of one model that run at once, if ends come in a random order."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    of = {key: m for m, fits in enumerate(models) for key in fits}
    waiting, done, running = set(of), set(), set()
    most = [0, 0, 0]
    while waiting or running:
        ready = {key for key in waiting if set(after.get(key, ())) <= done}
        waiting, running = waiting - ready, running | ready
        busy = [of[key] for key in running]
        now = (len(set(busy)), max(map(busy.count, busy)), len(busy))
        most = [max(pair) for pair in zip(most, now, strict=True)]
        ended = rng.choice(sorted(running))
        running, done = running - {ended}, done | {ended}
    return most


@given(SIZES, CAP, CAP, st.integers(0, 9))
def test_no_more_models_and_fits_run_at_once_than_the_caps_allow_and_as_many_do(sizes, m, f, seed):
    models = [[f"{n}-{k}" for k in range(size)] for n, size in enumerate(sizes)]
    n_models, n_fits, n_all = most_at_once(models, lanes(models, Caps(m, f)), seed)
    assert n_models == min(m or 99, len(sizes))
    assert n_fits <= (f or 99)
    assert n_all >= min(f or 99, sizes[0])


@given(SIZES, CAP, CAP)
def test_waiting_has_an_end_and_follows_the_order_of_the_models(sizes, m, f):
    models = [[f"{n}-{k}" for k in range(size)] for n, size in enumerate(sizes)]
    places = {key: n for n, key in enumerate(key for fits in models for key in fits)}
    after = lanes(models, Caps(m, f))
    assert all(places[e] < places[key] for key, earlier in after.items() for e in earlier)
    in_order({key: after.get(key, ()) for key in places})  # raises if the waiting goes in circles


def test_without_caps_nothing_waits():
    assert lanes([["a", "b"], ["c"]], NO_CAPS) == {}


def test_both_caps_at_one_are_one_chain():
    assert lanes([["a", "b"], ["c", "d"]], Caps(1, 1)) == {
        "b": ("a",), "c": ("b",), "d": ("c",),
    }  # fmt: skip


@pytest.mark.parametrize(("n", "expected"), [(1, {"b": ("a",), "c": ("b",)}), (2, {"c": ("a",)})])
def test_chains_take_turns(n, expected):
    assert chain_tasks(["a", "b", "c"], n) == expected
