"""What a plan knows of its graph, and what of that stays true when it is changed."""

from sklearn.linear_model import LinearRegression

from causal_dask import TLearner
from causal_dask.datasets import make_study
from causal_dask.plans.execution import Alteration

STUDY = make_study(60, n_variants=2, random_state=0)
FOUND_BY_WALKS = ("nodes", "waiting", "waits", "keys", "seconds")


def a_plan():
    """A plan whose graph has been walked for all that is asked here."""
    learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=2, random_state=0)
    plan = learner.plan(STUDY.X, STUDY.y, STUDY.w)
    for name in FOUND_BY_WALKS:
        getattr(plan, name)
    return plan


def kept(plan, other):
    """What the other plan has of the first one's."""
    return {name for name in FOUND_BY_WALKS if getattr(other, name) is getattr(plan, name)}


def test_a_plan_of_another_owner_does_not_walk_its_graph_again():
    plan = a_plan()
    assert kept(plan, plan.replaced(owner="another")) == set(FOUND_BY_WALKS)


def test_other_alterations_change_keys_and_what_nodes_wait_for():
    plan = a_plan()
    first, second = plan.output_keys[:2]
    before = plan.keys[second]
    altered = plan.altered({second: Alteration(after=(first,))})
    assert kept(plan, altered) == {"nodes", "waiting", "seconds"}
    assert altered.keys[second] != before
    assert first in altered.waits[second]


def test_other_outputs_have_other_nodes():
    plan = a_plan()
    assert len(plan.nodes) > 3
    fewer = plan.replaced(outputs=plan.outputs[:1])
    assert kept(plan, fewer) == set()
    assert len(fewer.nodes) < len(plan.nodes)


def test_the_same_alterations_are_the_same_plan():
    plan = a_plan()
    assert plan.altered(dict(plan.execution.alterations)) is plan
