"""Plans and learners on a real cluster of two processes."""

import asyncio
import pickle
import uuid
from functools import partial

import dask
import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster, wait
from sklearn.linear_model import LinearRegression
from xgboost import XGBRegressor

from causal_dask import CausalDaskError, Plan, TLearner
from causal_dask.datasets import make_study
from causal_dask.graph.node import data, node
from causal_dask.plans.dask_layer import is_remote
from tests.catalogue import learner_of

STUDY = make_study(150, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w
NEW = STUDY.X[:20] + 0.5


def t_learner(model=LinearRegression, **parameters):
    return TLearner(nuisance_model_factory=model, n_folds=2, random_state=0, **parameters)


dr_learner = partial(learner_of, n_folds=2)


@pytest.fixture(scope="module")
def effects():
    """What the learners estimate without a cluster."""
    with dask.config.set(scheduler="synchronous"):
        return {make: make().fit(*DATA).predict(STUDY.X) for make in (t_learner, dr_learner)}


@pytest.fixture(scope="module")
def new_effects():
    with dask.config.set(scheduler="synchronous"):
        return dr_learner().fit(*DATA).predict(NEW)


def same(learner, expected):
    return np.array_equal(learner.predict(STUDY.X), expected)


WAYS = {
    "fit": lambda _: dr_learner().fit(*DATA),
    "plan.compute": lambda _: dr_learner().plan(*DATA).compute(),
    "dask.compute": lambda _: dask.compute(dr_learner().plan(*DATA))[0],
    "client.compute": lambda client: client.compute(dr_learner().plan(*DATA)).result(),
    "plan.persist": lambda _: dr_learner().plan(*DATA).persist().result,
    "dask.persist": lambda _: dask.persist(dr_learner().plan(*DATA))[0].result,
    "client.persist": lambda client: client.persist(dr_learner().plan(*DATA)).result,
    "persisted, computed": lambda client: client.persist(dr_learner().plan(*DATA)).compute(),
    "synchronous beside it": lambda _: dr_learner().plan(*DATA).compute(scheduler="synchronous"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_run_a_plan_gives_the_numbers_of_a_run_without_a_cluster(
    way, client, effects, new_effects
):
    learner = WAYS[way](client)
    assert same(learner, effects[dr_learner])
    assert np.array_equal(learner.predict(NEW), new_effects)


def test_several_plans_and_other_collections_are_computed_together(client, effects):
    t, total, dr, text = dask.compute(
        t_learner().plan(*DATA), da.ones(6, chunks=2).sum(),
        dr_learner().plan(*DATA), dask.delayed(str)(1),
    )  # fmt: skip
    assert (total, text) == (6, "1")
    assert same(t, effects[t_learner])
    assert same(dr, effects[dr_learner])


def test_a_client_computes_and_persists_several_plans_at_once(client, effects):
    plans = [t_learner().plan(*DATA), dr_learner().plan(*DATA)]
    computed = client.gather(client.compute(plans))
    persisted = [plan.result for plan in client.persist(plans)]
    for t, dr in (computed, persisted):
        assert same(t, effects[t_learner])
        assert same(dr, effects[dr_learner])


def test_equal_fits_of_plans_computed_together_run_once(client, tmp_path):
    class Counted(LinearRegression):
        def fit(self, X, y):
            (tmp_path / uuid.uuid4().hex).touch()
            return super().fit(X, y)

    plans = [t_learner(Counted).plan(*DATA) for _ in range(2)]
    dask.compute(*plans, t_learner(Counted, n_variants=2).plan(*DATA))
    assert len(list(tmp_path.iterdir())) == 6


def test_the_models_of_a_persisted_plan_stay_on_the_cluster(client):
    plan = client.persist(dr_learner().plan(*DATA))
    assert isinstance(plan, Plan)
    assert all(is_remote(kept) for kept in plan.result._fitted.results.values())


def test_a_persisted_learner_estimates_and_scores_on_the_cluster(client):
    learner = client.persist(dr_learner().plan(*DATA)).result
    here = dr_learner().plan(*DATA).compute(scheduler="synchronous")
    assert np.array_equal(learner.average_treatment_effect()[0], here.average_treatment_effect()[0])
    assert learner.evaluate(*DATA) == pytest.approx(here.evaluate(*DATA), rel=1e-12)


def test_a_persisted_learner_knows_how_many_rows_were_clipped(client):
    assert client.persist(dr_learner().plan(*DATA)).result.n_clipped_ == 0


def test_pickling_a_persisted_learner_brings_its_models(client, effects):
    learner = client.persist(dr_learner().plan(*DATA)).result
    with dask.config.set(scheduler="synchronous"):
        assert same(pickle.loads(pickle.dumps(learner)), effects[dr_learner])


def test_a_persisted_learner_can_be_used_with_another_scheduler(client, effects):
    learner = client.persist(dr_learner().plan(*DATA)).result
    with dask.config.set(scheduler="threads"):
        assert same(learner, effects[dr_learner])


@pytest.mark.parametrize("use", [lambda made: made.predict(STUDY.X), pickle.dumps])
def test_a_persisted_learner_whose_cluster_is_gone_says_so(workers, use):
    with Client(workers) as client:
        learner = client.persist(t_learner().plan(*DATA)).result
    with pytest.raises(CausalDaskError, match="models are on a cluster"):
        use(learner)


def test_a_persisted_plan_and_a_fresh_one_can_be_computed_in_either_order(client, effects):
    fresh = dr_learner().plan(*DATA)
    persisted = client.persist(fresh)
    for plans in ([fresh, persisted], [persisted, fresh]):
        assert all(same(learner, effects[dr_learner]) for learner in dask.compute(*plans))


def test_a_persisted_learner_that_is_fitted_again_runs_no_fit(client, tmp_path):
    class Counted(LinearRegression):
        def fit(self, X, y):
            (tmp_path / uuid.uuid4().hex).touch()
            return super().fit(X, y)

    learner = client.persist(t_learner(Counted).plan(*DATA)).result
    learner.fit(*DATA)
    assert len(list(tmp_path.iterdir())) == 6


def test_fits_predictions_and_persisted_plans_one_after_the_other_warn_of_nothing(
    client, effects, warned
):
    learner = dr_learner().fit(*DATA)
    learner.predict(NEW)
    learner.fit(*DATA).predict(STUDY.X)
    persisted = client.persist(dr_learner().plan(*DATA))
    persisted.result.predict(NEW)
    dask.compute(dr_learner().plan(*DATA), t_learner().plan(*DATA), persisted)
    assert same(persisted.result.fit(STUDY.X, STUDY.y, STUDY.w), effects[dr_learner])
    assert warned == []


def test_plans_with_other_threads_kept_side_by_side_warn_of_nothing(client, warned):
    plans = [
        t_learner(XGBRegressor(n_estimators=2, n_jobs=n)).plan(*DATA) for n in (None, 1, 2)
    ]  # fmt: skip
    learners = [plan.result for plan in client.persist(plans)]
    first, *others = (learner.predict(STUDY.X) for learner in learners)
    assert all(np.array_equal(first, other) for other in others)
    assert warned == []


def test_a_key_that_stood_for_two_tasks_would_be_heard_of(client, warned):
    def work(x):
        return x

    one, other = (Plan((node(work, {"x": data(n)}),), dict) for n in (1, 2))
    key = one.outputs[0].key
    object.__setattr__(other.outputs[0], "key", key)
    kept = client.persist(one)
    wait(kept.known[key])
    client.compute(other).result()
    assert any("Detected different `run_spec`" in message for message in warned)


def test_annotations_reach_the_tasks_and_change_no_number(client, effects):
    with dask.annotate(priority=7, retries=2, allow_other_workers=True):
        plan = dr_learner().plan(*DATA)
        computed, persisted = plan.compute(), client.persist(plan)
    assert same(computed, effects[dr_learner])
    assert same(persisted.result, effects[dr_learner])


def test_fits_inside_tasks_of_a_cluster_work_even_when_they_fill_it(client, effects):
    def fitted(number):
        return dr_learner().fit(*DATA).predict(STUDY.X) + number

    tasks = [client.submit(fitted, number, pure=False) for number in range(4)]
    for number, found in enumerate(client.gather(tasks)):
        assert np.array_equal(found, effects[dr_learner] + number)


def test_a_plan_inside_a_delayed_function_reaches_it_fitted(client, effects):
    predicted = dask.delayed(lambda learner: learner.predict(STUDY.X))(dr_learner().plan(*DATA))
    assert np.array_equal(predicted.compute(), effects[dr_learner])


def test_a_plan_can_be_sent_to_a_task_and_computed_there(client, effects):
    sent = client.submit(lambda plan: plan.compute(), dr_learner().plan(*DATA))
    assert same(sent.result(), effects[dr_learner])


def test_a_worker_that_is_killed_costs_no_result(effects):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        plan = client.persist(dr_learner().plan(*DATA))
        wait(list(plan.known.values()))
        first = next(iter(cluster.workers.values()))
        client.sync(first.kill)
        assert same(plan.result, effects[dr_learner])


async def on_an_asynchronous_client(work):
    async with (
        LocalCluster(
            n_workers=1, processes=False, asynchronous=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster, asynchronous=True) as client,
    ):
        return await work(client)


def test_an_asynchronous_client_computes_plans(effects):
    async def work(client):
        return await client.gather(client.compute([dr_learner().plan(*DATA)]))

    (learner,) = asyncio.run(on_an_asynchronous_client(work))
    assert same(learner, effects[dr_learner])


def test_an_asynchronous_client_persists_plans_and_computes_them_later(effects):
    async def work(client):
        return await client.compute(client.persist(dr_learner().plan(*DATA)))

    assert same(asyncio.run(on_an_asynchronous_client(work)), effects[dr_learner])
