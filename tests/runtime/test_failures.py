"""What happens when base models raise: one error that says which, and all else is kept."""

import gc
import pickle
import weakref
from contextvars import copy_context
from threading import Thread

import dask
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from causal_dask import ModelFailed, NotFitted, TLearner
from causal_dask.graph.label import Label
from causal_dask.runtime.failures import Failure, failures_in, finished_in, raise_failures
from causal_dask.runtime.task import perform
from tests.catalogue import learner_of

KINDS = ["plain", "two arguments", "unpicklable"]


@pytest.fixture
def failing(fails, broken):
    """A DR-learner whose treatment model fails in one fold, in a way that can be chosen."""

    def learner(kind="plain"):
        return dr_learner(fails(broken, kind))

    return learner


def dr_learner(treatment_model):
    return learner_of(treatment_model_factory=treatment_model)


def failure_of(work):
    with pytest.raises(ModelFailed) as raised:
        work()
    return raised.value


def failure_in_time(work):
    """The same within a minute: a cluster that cannot bring a result home would wait for ever."""
    found, context = [], copy_context()
    worker = Thread(target=lambda: found.append(context.run(failure_of, work)), daemon=True)
    worker.start()
    worker.join(timeout=60)
    assert found, "not finished after a minute"
    return found[0]


def fitted(learner, marked):
    return lambda: learner.fit(*marked)


def computed(learner, marked):
    return lambda: learner.plan(*marked).compute()


@pytest.mark.parametrize("way", [fitted, computed])
def test_a_failure_names_learner_kind_variant_fold_and_rows(scheduler, way, failing, marked):
    with scheduler():
        error = failure_of(way(failing(), marked))
    (label,) = error.labels
    assert label.startswith("DR-learner, treatment_model, variant 1, fold ")
    assert str(error) == (
        f"{label}: ValueError: no convergence (while fitting Fails on 80 rows). "
        "25 of 26 results have finished and are kept: fix the cause and call fit again; "
        "only the missing fits will run."
    )


@pytest.mark.parametrize("way", [fitted, computed])
def test_the_cause_of_a_failure_is_the_models_own_error(scheduler, way, failing, marked):
    with scheduler():
        cause = failure_of(way(failing(), marked)).__cause__
    assert isinstance(cause, ValueError)
    assert cause.args == ("no convergence\nand a second line",)
    assert cause.__notes__[0] == "while fitting Fails on 80 rows"
    assert cause.__notes__[1].count(", in fit") == 2  # ours, and the model's own


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize("way", [fitted, computed])
def test_an_error_that_does_not_survive_pickling_is_told_all_the_same(
    scheduler, way, kind, failing, marked
):
    with scheduler():
        error = failure_in_time(way(failing(kind), marked))
    said = {"two arguments": "TwoArguments: this and that", "unpicklable": "it holds a lock"}
    assert said[kind] in str(error)
    assert said[kind] in str(error.__cause__) or said[kind].endswith(str(error.__cause__))


@pytest.mark.parametrize("way", [fitted, computed])
def test_all_other_fits_finish_and_are_kept(scheduler, way, failing, marked, fits_done):
    with scheduler():
        error = failure_of(way(failing(), marked))
        assert fits_done() == 3
        kept = error.learner.predict_nuisance(marked[0], "variant_outcome_model", 1)
    assert kept.shape == (120,)


def test_a_fit_again_after_mending_runs_only_what_is_missing(
    scheduler, failing, broken, marked, fits_done
):
    learner = failing()
    with scheduler():
        failure_of(fitted(learner, marked))
        (broken / "broken").unlink()
        learner.fit(*marked)
    assert fits_done() == 4
    assert np.array_equal(learner.predict(marked[0]), whole(marked))


def test_the_learner_of_a_failed_plan_can_be_fitted_again(
    scheduler, failing, broken, marked, fits_done
):
    with scheduler():
        learner = failure_of(computed(failing(), marked)).learner
        (broken / "broken").unlink()
        learner.fit(*marked)
    assert fits_done() == 4
    assert np.array_equal(learner.predict(marked[0]), whole(marked))


def whole(marked):
    """What the learner predicts when nothing fails."""
    with dask.config.set(scheduler="synchronous"):
        return dr_learner(LinearRegression).fit(*marked).predict(marked[0])


def test_a_partly_fitted_learner_answers_what_it_can_and_names_the_fit_it_lacks(failing, marked):
    learner = failing()
    failure_of(fitted(learner, marked))
    probabilities = learner.predict_nuisance(marked[0], "propensity_model", 0)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert learner.predict(marked[0] + 1).shape == (120, 1, 1)
    with pytest.raises(NotFitted, match="the fit DR-learner, treatment_model, variant 1, fold"):
        learner.predict(marked[0])


def test_a_failed_nuisance_takes_down_what_reads_it_and_is_named_alone(
    failing, fails, broken, marked
):
    learner = failing()
    learner.set_params(
        nuisance_model_factory=fails(broken), treatment_model_factory=LinearRegression
    )
    error = failure_of(fitted(learner, marked))
    assert {label.rpartition(", ")[0] for label in error.labels} <= {
        "DR-learner, variant_outcome_model, variant 0",
        "DR-learner, variant_outcome_model, variant 1",
    }


def test_several_failures_are_counted_and_the_first_few_named(marked):
    class Refuses(LinearRegression):
        def fit(self, *_):
            raise ValueError("never")

    learner = TLearner(nuisance_model_factory=Refuses, n_folds=3, random_state=0)
    error = failure_of(fitted(learner, marked))
    assert len(error.labels) == 8
    named = [f"T-learner, variant_outcome_model, variant 0, {part}"
             for part in ("fold 0", "fold 1", "fold 2", "all rows")]  # fmt: skip
    assert f"7 more failed: {'; '.join(named[1:])}; …. 0 of 8 results" in str(error)


def test_a_failing_prediction_is_named_too(marked):
    class Speechless(LinearRegression):
        def predict(self, *_):
            raise ValueError("no words")

    learner = TLearner(nuisance_model_factory=Speechless, n_folds=2, random_state=0).fit(*marked)
    message = (
        "T-learner, variant_outcome_model, variant 1, all rows: ValueError: no words "
        r"\(while predicting 120 rows with Speechless\)"
    )
    with pytest.raises(ModelFailed, match=message):
        learner.predict(marked[0] + 1)


def test_a_failed_fit_after_a_good_one_leaves_the_learner_with_what_is_true_now(
    failing, broken, marked
):
    X, y, w = marked
    (broken / "broken").rename(broken / "whole")
    learner = failing().fit(X, y, w)
    (broken / "whole").rename(broken / "broken")
    failure_of(lambda: learner.fit(X, y + 1, w))
    with pytest.raises(NotFitted):
        learner.predict(X)


def test_a_persisted_plan_that_failed_says_so_and_can_be_fitted_again(
    client, failing, broken, marked
):
    learner = client.persist(failing().plan(*marked)).result
    with client.as_current():
        error = failure_of(lambda: learner.predict(marked[0]))
        (broken / "broken").unlink()
        learner.fit(*marked)
    assert "ValueError: no convergence" in str(error)
    assert np.array_equal(learner.predict(marked[0]), whole(marked))


def test_a_model_failed_error_survives_pickling_with_its_cause():
    error = ModelFailed("it failed", ("a label",), learner="a learner")
    error.__cause__ = ValueError("why")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.labels, again.learner) == ("it failed", ("a label",), "a learner")
    assert repr(again.__cause__) == "ValueError('why')"


class Numbers(np.ndarray):
    """An array that can be referred to weakly."""


def raises_twice(X, held):
    """Fails for a reason that failed itself, with weak references to what both had at hand."""

    def inner(copied):
        held.append(weakref.ref(copied))
        raise ValueError("inside")

    held.append(weakref.ref(X))
    try:
        inner(X.copy())
    except ValueError as error:
        raise RuntimeError("outside") from error


def test_a_failure_does_not_keep_the_data_on_the_stack_alive():
    held = []
    failure = perform(raises_twice, "key", 1, X=np.zeros(3).view(Numbers), held=held)
    gc.collect()
    assert [refer() is None for refer in held] == [True, True]
    assert repr(failure.error.__cause__) == "ValueError('inside')"


def test_performing_gives_the_result_of_what_is_run():
    assert perform(lambda x, parts: x + sum(parts), "key", 1, x=1, parts=[2, 3]).value == 6


@pytest.mark.parametrize("place", ["alone", "in a list"])
def test_what_reads_a_failure_is_not_run_and_fails_as_it_did(place):
    failed = Failure("key", ValueError("first"))
    argument = failed if place == "alone" else [1, failed]
    assert perform(pytest.fail, "other", 1, reason=argument) is failed


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_asks_python_to_stop_is_not_taken_for_a_failed_model(stop):
    def work():
        raise stop

    with pytest.raises(stop):
        perform(work, "key", 1)


def test_failures_and_results_are_told_apart_and_counted_once():
    failed = Failure("a", ValueError("x"))
    results = {"a": failed, "b": failed, "c": 1}
    assert failures_in(results) == [failed]
    assert finished_in(results) == {"c": 1}


def test_no_failures_raise_nothing():
    assert raise_failures([], {}) is None


def test_a_failure_without_a_label_is_called_by_its_key():
    failures = [Failure("fit-1", ValueError("x")), Failure("fit-2", ValueError("y"))]
    with pytest.raises(ModelFailed, match=r"^fit-1: ValueError: x 1 more failed: second, fold 0.$"):
        raise_failures(failures, {"fit-2": Label("second", "fold 0")})
