"""Keys and saved files know functions and classes by declared names, wherever they are defined."""

import io
import pickle
import types

import pytest
from sklearn.linear_model import LogisticRegression

import causal_dask
from causal_dask import CrossFitEstimator, DRLearner, load
from causal_dask.datasets import make_study
from causal_dask.declared import declaration_of, find, is_declared, name_of, saved, task
from causal_dask.graph.node import Node, data, node
from causal_dask.keys.fingerprint import fingerprint, type_identity
from causal_dask.storage.pickles import pack, unpack
from causal_dask.study.propensity_models import FixedPropensities
from causal_dask.tasks.models import fit
from tests.catalogue import LEARNERS, learner_of

STUDY = make_study(200, random_state=0, n_variants=3)


@pytest.fixture(scope="module")
def plans():
    """The plan of each of our learners."""
    given = {"propensity_model_factory": LogisticRegression(C=0.01), "n_folds": 2}
    learners = [learner_of(cls, **given) for cls in LEARNERS]
    return [learner.plan(STUDY.X, STUDY.y, STUDY.w) for learner in learners]


@pytest.fixture(scope="module")
def learner(plans):
    return plans[-1].compute()


def moved(function, module):
    """The same function, defined in another module and not yet declared there."""
    copy = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__
    )
    copy.__module__ = module
    return copy


def calls_of(plans):
    nodes = {key: made for plan in plans for key, made in plan.nodes.items()}
    return [made for made in nodes.values() if isinstance(made, Node)]


def test_moving_a_function_changes_no_key(plans):
    for made in calls_of(plans):
        declared = declaration_of(made.run)
        copy = task(declared.name, declared.version)(moved(made.run, "causal_dask.elsewhere"))
        assert node(copy, made.reads, **made.constants).key == made.key
        task(declared.name, declared.version)(made.run)


def test_every_node_function_is_declared(plans):
    functions = {made.run for made in calls_of(plans)}
    assert functions
    assert all(declaration_of(function) for function in functions)


def test_a_new_version_changes_the_key():
    def compute(x):
        return x

    key = node(task("compute of a test", version=1)(compute), {"x": data(1)}).key
    assert node(task("compute of a test", version=2)(compute), {"x": data(1)}).key != key


def test_a_node_is_called_what_its_function_was_declared_as():
    assert name_of(fit) == "fit"
    assert node(task("called so")(lambda x: x), {"x": data(1)}).key.startswith("called so-")


def test_a_name_is_declared_once():
    saved("a class of a test")(type("One", (), {}))
    with pytest.raises(ValueError, match="'a class of a test' is declared twice"):
        saved("a class of a test")(type("Other", (), {}))


def test_pickles_of_ours_name_no_module_of_ours(learner):
    for value in (learner, FixedPropensities((0.5, 0.5)).fit([[0.0], [1.0]], [0, 1])):
        own = {n for n in pack(value).names() if n[0].partition(".")[0] == "causal_dask"}
        assert own
        assert {module for module, _ in own} == {"causal_dask"}
        assert all(is_declared(name) for _, name in own)


def test_what_an_earlier_version_pickled_by_its_path_is_found_where_it_is_now():
    path = b"causal_dask.a_module.that_is_gone\nFixedPropensities"
    assert unpack((b"c" + path + b"\n.",)) is FixedPropensities
    with pytest.raises(ModuleNotFoundError):
        unpack((b"ccausal_dask.a_module.that_is_gone\nNothing\n.",))


def test_what_is_pickled_by_name_is_what_it_was():
    stream, *_ = pack((DRLearner, fit, CrossFitEstimator)).parts
    assert pickle.load(io.BytesIO(bytes(stream))) == (DRLearner, fit, CrossFitEstimator)
    assert find("DRLearner") is causal_dask.DRLearner


def test_the_identity_of_a_class_does_not_say_where_it_is():
    here = type_identity(FixedPropensities)
    before = FixedPropensities.__module__
    try:
        FixedPropensities.__module__ = "causal_dask.another.place"
        assert type_identity(FixedPropensities) == here
        assert fingerprint(FixedPropensities((0.5, 0.5))) == fingerprint(
            FixedPropensities((0.5, 0.5))
        )
    finally:
        FixedPropensities.__module__ = before


def test_a_saved_learner_is_found_by_the_names_in_its_manifest(learner, tmp_path):
    found = load(learner.save(tmp_path / "learner"))
    assert (found.predict(STUDY.X) == learner.predict(STUDY.X)).all()
