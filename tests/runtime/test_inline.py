"""Plans that run in the calling thread ask no scheduler of Dask's, and let go of results.

That they give the same is a law (``tests/laws/test_schedulers_agree.py``).
"""

import weakref

import dask
import dask.array
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, ModelFailed, TLearner
from causal_dask.datasets import make_study
from causal_dask.declared import task
from causal_dask.graph.node import data, node
from causal_dask.plans.plan import Plan
from causal_dask.runtime.inline import inline, run_inline

STUDY = make_study(200, random_state=0)


class Broken(LinearRegression):
    """Raises in place of fitting."""

    def fit(self, X, y):  # noqa: ARG002 - scikit-learn's signature
        raise RuntimeError("no fit today")


MODELS = {
    "nuisance_model_factory": LinearRegression, "propensity_model_factory": LogisticRegression,
    "treatment_model_factory": LinearRegression, "n_folds": 2, "random_state": 0,
}  # fmt: skip


def fitted(X=STUDY.X):
    return DRLearner(**MODELS).fit(X, STUDY.y, STUDY.w)


def no_scheduler(*_, **__):
    raise AssertionError("a plan was sent to Dask's scheduler")


def test_no_scheduler_of_dask_is_asked():
    with inline(), dask.config.set(scheduler=no_scheduler):
        assert fitted().predict(STUDY.X).shape == (200, 1, 1)


def test_a_table_in_parts_is_put_together():
    parts = dask.array.from_array(STUDY.X, chunks=(70, -1))
    with inline():
        found = fitted(parts)
    average, same = (each.average_treatment_effect().estimate for each in (found, fitted()))
    np.testing.assert_allclose(average, same, rtol=1e-12)


def test_a_model_that_fails_is_told():
    with inline(), pytest.raises(ModelFailed, match="no fit today"):
        TLearner(nuisance_model_factory=Broken, n_folds=2).fit(STUDY.X, STUDY.y, STUDY.w)


class Held:
    """A result whose end can be seen."""


alive = weakref.WeakSet()


@task("tests.inline.hold")
def hold(before):
    """A new result; when it is made, there is the one that it reads at most."""
    del before
    assert len(alive) <= 1
    alive.add(made := Held())
    return made


def test_a_result_is_let_go_once_nothing_reads_it():
    last = data(0.0)
    for _ in range(20):
        last = node(hold, {"before": last})
    assert len(run_inline(Plan(outputs=(last,), finish=dict))) == 1
    assert len(alive) == 0
