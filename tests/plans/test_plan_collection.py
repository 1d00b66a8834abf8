"""A plan as a Dask collection, on the local schedulers."""

import pickle
import shutil
from functools import partial
from pathlib import Path

import dask
import dask.array as da
import dask.threaded
import numpy as np
import pytest
from dask._task_spec import Task
from dask.base import tokenize
from sklearn.linear_model import LinearRegression

from causal_dask import InvalidInput, Plan, TLearner
from causal_dask.datasets import make_study
from causal_dask.graph.node import data, node
from causal_dask.plans import plan as plans_plan
from tests.catalogue import learner_of

STUDY = make_study(150, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def t_learner(**parameters):
    given = {"nuisance_model_factory": LinearRegression, "n_folds": 2, "random_state": 0}
    return TLearner(**given | parameters)


dr_learner = partial(learner_of, n_folds=2)


@pytest.fixture(scope="module")
def effects():
    return {make: make().fit(*DATA).predict(STUDY.X) for make in (t_learner, dr_learner)}


def test_a_plan_is_a_dask_collection_for_the_threaded_scheduler():
    plan = t_learner().plan(*DATA)
    assert dask.is_dask_collection(plan)
    assert Plan.__dask_scheduler__ is dask.threaded.get


def test_making_a_plan_runs_nothing_and_leaves_the_learner_unfitted():
    learner = t_learner()
    learner.plan(*DATA)
    assert not learner.__sklearn_is_fitted__()


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "processes", None])
@pytest.mark.parametrize("make", [dr_learner])
def test_computing_a_plan_gives_what_fit_gives(make, scheduler, effects):
    fitted = make().plan(*DATA).compute(scheduler=scheduler)
    assert np.array_equal(fitted.predict(STUDY.X), effects[make])


def test_plans_computed_together_with_other_collections_give_each_its_own(effects):
    total = da.ones(6, chunks=2).sum()
    plans = t_learner().plan(*DATA), dr_learner().plan(*DATA)
    t, number, dr, text = dask.compute(plans[0], total, plans[1], dask.delayed(str)(1))
    assert (number, text) == (6, "1")
    assert np.array_equal(t.predict(STUDY.X), effects[t_learner])
    assert np.array_equal(dr.predict(STUDY.X), effects[dr_learner])


def test_plans_inside_containers_are_computed(effects):
    (found,) = dask.compute({"t": [t_learner().plan(*DATA)]})
    assert np.array_equal(found["t"][0].predict(STUDY.X), effects[t_learner])


def test_plans_of_the_same_nodes_give_each_its_own_learner():
    class Mine(TLearner, declaration=TLearner.declaration):
        pass

    mine = Mine(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    plans = [learner.plan(*DATA) for learner in (t_learner(), mine, t_learner(n_variants=2))]
    found = dask.compute(*plans)
    assert [type(learner).__name__ for learner in found] == ["TLearner", "Mine", "TLearner"]
    assert [learner.n_variants for learner in found] == [None, None, 2]


def test_plans_of_the_same_nodes_share_all_their_work(tmp_path):
    class Counted(LinearRegression):
        def fit(self, X, y):
            (tmp_path / f"{len(list(tmp_path.iterdir()))}").touch()
            return super().fit(X, y)

    plans = [t_learner(nuisance_model_factory=Counted, n_variants=n).plan(*DATA) for n in (None, 2)]
    dask.compute(*plans, scheduler="synchronous")
    assert len(list(tmp_path.iterdir())) == 6


def test_delayed_functions_take_plans(effects):
    predicted = dask.delayed(lambda learner: learner.predict(STUDY.X))(t_learner().plan(*DATA))
    assert np.array_equal(predicted.compute(), effects[t_learner])


def test_a_token_is_the_same_for_equal_plans_and_no_other():
    plans = [t_learner().plan(*DATA), t_learner().plan(*DATA), t_learner(n_folds=3).plan(*DATA)]
    one, same, other = map(tokenize, plans)
    assert one == same != other


def test_the_graph_has_one_layer_named_by_its_content():
    plan, other = t_learner().plan(*DATA), t_learner(random_state=1).plan(*DATA)
    assert list(plan.__dask_graph__().layers) == [plan.name] == list(plan.__dask_layers__())
    assert plan.name == t_learner().plan(*DATA).name != other.name


def test_a_persisted_plan_holds_its_results_and_predicts(effects):
    persisted = dr_learner().plan(*DATA).persist()
    assert isinstance(persisted, Plan)
    assert np.array_equal(persisted.result.predict(STUDY.X), effects[dr_learner])
    assert np.array_equal(persisted.compute().predict(STUDY.X), effects[dr_learner])


def test_plans_persisted_together_with_an_array_stay_collections(effects):
    t, ones, dr = dask.persist(t_learner().plan(*DATA), da.ones(2), dr_learner().plan(*DATA))
    assert np.array_equal(t.result.predict(STUDY.X), effects[t_learner])
    assert np.array_equal(dr.result.predict(STUDY.X), effects[dr_learner])
    assert ones.compute().tolist() == [1, 1]


def test_a_persisted_plan_and_a_fresh_one_can_be_computed_together(effects):
    plan = dr_learner().plan(*DATA)
    for learner in dask.compute(plan.persist(), plan):
        assert np.array_equal(learner.predict(STUDY.X), effects[dr_learner])


def test_asking_a_plan_for_its_result_before_it_is_there_says_what_to_do():
    plan = Plan((node(np.add, {"x1": data(1), "x2": data(2)}), data(1)), dict)
    message = (
        "2 of the plan's 2 outputs are not there yet: use the plan that persist\\(\\) returns."
    )
    with pytest.raises(InvalidInput, match=message):
        _ = plan.result


def test_a_plan_survives_pickling(effects):
    again = pickle.loads(pickle.dumps(t_learner().plan(*DATA)))
    assert np.array_equal(again.compute().predict(STUDY.X), effects[t_learner])


def test_annotations_around_a_plan_change_no_result(effects):
    with dask.annotate(priority=10, retries=2, workers="nobody"):
        plan = t_learner().plan(*DATA)
        assert np.array_equal(plan.compute().predict(STUDY.X), effects[t_learner])


def test_a_fit_inside_a_dask_task_works(effects):
    inside = dask.delayed(lambda: dr_learner().fit(*DATA).predict(STUDY.X))()
    for scheduler in ("threads", "synchronous"):
        assert np.array_equal(inside.compute(scheduler=scheduler), effects[dr_learner])


@pytest.mark.parametrize("ending", [".svg", ".dot", ".txt"])
def test_a_plan_draws_itself_into_a_file_of_the_kind_it_is_named(ending, tmp_path):
    path = t_learner().plan(*DATA).visualize(tmp_path / f"plan{ending}")
    start = {".svg": "<svg ", ".dot": "digraph", ".txt": "   0 "}[ending]
    assert path.read_text(encoding="utf-8").startswith(start)


def test_a_notebook_shows_the_picture_of_a_plan_and_writes_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = dr_learner().plan(*DATA)
    drawing = plan.visualize()
    assert plan._repr_svg_() == drawing._repr_svg_() == drawing.svg
    assert drawing.svg.startswith("<svg ")
    assert plan._repr_html_() is None
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_the_numbers_of_a_very_large_plan(monkeypatch):
    plan = t_learner().plan(*DATA)
    monkeypatch.setattr(plans_plan, "MOST_DRAWN", len(plan.nodes) - 1)
    assert plan._repr_svg_() is None
    shown = plan._repr_html_()
    assert f"A plan of {sum(plan._calls.values())} tasks" in shown
    assert f"<th>fit</th>\n      <td>{plan.count('fit')}</td>" in shown


def test_a_description_shows_itself_alike_everywhere():
    found = t_learner().plan(*DATA).describe()
    assert repr(found) == str(found)
    assert "of which 6 are fits of 2 models" in repr(found)
    assert "of which 6 are fits of 2 models" in found._repr_html_()


def test_a_drawing_of_another_kind_is_refused(tmp_path):
    message = "The 'filename' of a drawn plan must end in one of .txt, .dot, .svg. Got 'plan.gif'."
    with pytest.raises(InvalidInput, match=message):
        t_learner().plan(*DATA).visualize(tmp_path / "plan.gif")


@pytest.mark.skipif(not shutil.which("dot"), reason="dask.visualize needs Graphviz's dot")
def test_dask_draws_plans_side_by_side(tmp_path):
    plans = t_learner().plan(*DATA), dr_learner().plan(*DATA)
    dask.visualize(*plans, filename=str(tmp_path / "plans.svg"))
    assert Path(tmp_path / "plans.svg").stat().st_size > 1_000


def test_the_graph_that_dask_draws_names_every_task_of_the_plan():
    plan = t_learner().plan(*DATA)
    assert set(plan.__dask_graph__()) == set(plan.keys.values())


def appended(x, y):
    return np.append(x, y)


def test_small_data_travels_with_the_tasks_that_read_it_and_large_data_is_a_task_of_its_own():
    small, large = data(np.zeros(10), "small"), data(np.zeros(10_000), "large")
    plan = Plan((node(appended, {"x": small, "y": large}),), dict)
    (task,) = (t for t in plan.__dask_graph__().values() if isinstance(t, Task))
    assert task.dependencies == {large.key}
    (result,) = dask.compute(plan, scheduler="synchronous")
    assert result[plan.outputs[0].key].shape == (10_010,)
