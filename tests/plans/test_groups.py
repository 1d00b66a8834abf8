"""Small tasks in groups give what they give alone."""

import dask
import numpy as np
import pytest
from dask._task_spec import Task
from distributed import Client, LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from causal_dask import ModelFailed, TLearner
from causal_dask.datasets import make_study
from causal_dask.graph.node import data, node
from causal_dask.plans import groups
from causal_dask.plans.groups import in_groups
from causal_dask.plans.plan import Plan
from tests.catalogue import learner_of

STUDY = make_study(150, n_variants=3, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def total(first, second=(), scale=1.0):
    return scale * (first + sum(second))


@st.composite
def graphs(draw):
    """Nodes that read one or several earlier ones, and some of them as outputs."""
    made = [data(np.arange(3.0), "x")]
    for number in range(draw(st.integers(5, 40))):
        first, *others = draw(st.lists(st.sampled_from(made), min_size=1, max_size=4))
        made.append(node(total, {"first": first, "second": tuple(others)}, scale=1 / (number + 2)))
    outputs = draw(st.lists(st.sampled_from(made), min_size=1, max_size=6, unique_by=id))
    return Plan(tuple(dict.fromkeys([*outputs, made[-1]])), dict)


@given(graphs(), st.integers(1, 5))
def test_any_graph_gives_the_same_in_groups(plan, n_slots):
    grouped = in_groups(plan, n_slots)
    if grouped is None:
        assert len(plan.waiting) <= groups.FOR_A_SLOT * n_slots
        return
    keys = plan.__dask_keys__()
    homes = [grouped.homes.get(key, key) for key in keys]
    found = dask.get(grouped.graph, homes)
    inside = [
        result[key] if key in grouped.homes else result
        for key, result in zip(keys, found, strict=True)
    ]
    assert np.array_equal(inside, dask.get(plan.__dask_graph__(), keys))


def test_every_task_is_in_one_group_and_slots_get_groups_of_equal_size():
    plan = learner_of(n_folds=10).plan(*DATA)
    grouped = in_groups(plan, 2)
    assert set(grouped.homes) == {plan.keys[key] for key in plan.waiting}
    tasks = [task for task in dict(grouped.graph).values() if isinstance(task, Task)]
    assert len(tasks) == len(set(grouped.homes.values())) < len(plan.waiting) / 2


def test_a_plan_with_a_long_task_has_no_groups(monkeypatch):
    plan = learner_of().plan(*DATA)
    assert in_groups(plan, 1) is not None
    monkeypatch.setattr(groups, "SMALL", max(plan.seconds.values()) * 0.99)
    assert in_groups(plan, 1) is None


def test_a_cluster_without_workers_gets_groups_too():
    assert in_groups(learner_of().plan(*DATA), 0) is not None


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_cluster_runs_fewer_tasks_for_the_same_effects_and_keys(client, monkeypatch):
    ran, submit = [], Client.get

    def counted(self, graph, *rest, **how):
        ran.append(sum(isinstance(task, Task) for task in dict(graph).values()))
        return submit(self, graph, *rest, **how)

    assert dask.base.get_scheduler().__self__ is client
    monkeypatch.setattr(Client, "get", counted)
    with_groups = learner_of(n_folds=10).fit(*DATA)
    monkeypatch.setattr(groups, "SMALL", -1.0)
    without = learner_of(n_folds=10).fit(*DATA)
    assert ran[0] < ran[1] / 2
    assert set(with_groups.timings_["key"]) == set(without.timings_["key"])
    assert np.array_equal(with_groups.predict(STUDY.X), without.predict(STUDY.X))


class Picky(LinearRegression):
    """Raises where it does not see the first row: where its fold is left out, or its variant."""

    def fit(self, X, y, sample_weight=None):
        if not np.isin(STUDY.X[0, 0], X[:, 0]):
            raise ValueError("the first row is missing")
        return super().fit(X, y, sample_weight)


def test_a_failure_in_a_group_stops_no_task_that_does_not_read_it(client):
    del client
    learner = learner_of(TLearner, nuisance_model_factory=Picky, n_folds=5)
    with pytest.raises(ModelFailed) as raised:
        learner.fit(*DATA)
    # of 18 fits of 3 variants, those of the first row's variant on its 4 other folds and all rows
    assert len(raised.value.labels) == 18 - 5
    kept = learner.timings_
    assert (kept["task"] == "fit").sum() == 5
