"""Weights of the rows may be drawn by a task, where the fits run, as well as be data."""

from dataclasses import replace

import numpy as np
from sklearn.linear_model import LinearRegression

from causal_dask.compile import answers
from causal_dask.compile.assemble import Start, plan_of
from causal_dask.compile.compiler import Compiler
from causal_dask.datasets import make_study
from causal_dask.declared import task
from causal_dask.estimators.fitted_state import without_covariates
from causal_dask.fitted.fitted import Fitted
from causal_dask.graph.node import data, node
from causal_dask.runtime.failures import finished_in
from causal_dask.runtime.run import run
from causal_dask.study.prepare import prepare
from causal_dask.study.request import Given
from tests.catalogue import learner_of

STUDY = make_study(200, n_variants=2, random_state=0)


@task("draw weights of a test")
def draw_weights(y, seed):
    return np.random.default_rng(seed).exponential(size=len(y))


DRAWN = np.random.default_rng(7).exponential(size=200)


def fitted_with_drawn_weights(learner):
    """A learner whose weights are a node of its graph."""
    prepared = prepare(learner._request(None, synchronize=True), Given(STUDY.X, STUDY.y, STUDY.w))
    weight = node(draw_weights, {"y": data(STUDY.y, "y")}, seed=7)
    prepared = replace(prepared, studies=(replace(prepared.study, weight=weight),))
    compiler = Compiler(learner.declaration, prepared.study)
    results = run(plan_of([compiler], answers.kept_results(compiler), dict, Start()))
    return Fitted(learner.declaration, without_covariates(prepared), finished_in(results))


def test_fits_and_scores_are_those_of_the_same_weights_passed_as_data():
    learner = learner_of(nuisance_model_factory=LinearRegression)
    drawn = fitted_with_drawn_weights(learner)
    passed = learner.fit(STUDY.X, STUDY.y, STUDY.w, sample_weight=DRAWN)
    np.testing.assert_array_equal(drawn.training_weights(), DRAWN)
    target = drawn.target(STUDY.X, None)
    effects = drawn.ask(target, lambda c: [answers.effects(c, target.rows)])[0][0]
    np.testing.assert_array_equal(effects, passed.predict(STUDY.X))
    scores = drawn.ask(drawn.training(), lambda c: [answers.scores(c, target.rows)])[0][0]
    np.testing.assert_array_equal(scores, passed.scores().values[0])
