"""Learners of sleeping models: their plans, what each fit costs, and how soon they could be done.

Case A is fits of one second, case B fits of U(0.5, 1.5) seconds. ``UNIT=0.2`` shrinks the second.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

import dask
import numpy as np

from causal_dask.compile.assemble import join_plans
from causal_dask.graph.node import Node
from causal_dask.graph.walk import fold
from causal_dask.plans.costs import Measured
from causal_dask.runtime.run import run
from causal_dask.tasks.estimators import prepare_estimator
from causal_dask.tasks.models import fit
from tests.benchmarks.five_learners import LEARNERS
from tests.benchmarks.sizes import size
from tests.benchmarks.sleepers import SleepingClassifier, SleepingRegressor

UNIT = float(os.environ.get("UNIT", size(1.0, quick=0.1)))
N_VARIANTS, N_FOLDS = 3, 10
SPREAD = {"A": (1.0, 1.0), "B": (0.5, 1.5)}


def data():
    """A row or two of each variant in each fold: what is fitted does not matter."""
    w = np.arange(2 * N_VARIANTS * N_FOLDS) % N_VARIANTS
    X = np.linspace(0, 1, len(w))[:, None]
    return X, X[:, 0], w


def sleeping(name, case, draw=0, unit=UNIT):
    """A learner of this name whose base models sleep; ``draw`` numbers the draws of case B."""
    shortest, longest = SPREAD[case]
    models = {"shortest": shortest * unit, "longest": longest * unit, "draw": draw}
    return LEARNERS[name](
        nuisance_model_factory=SleepingRegressor(**models),
        propensity_model_factory=SleepingClassifier(**models),
        treatment_model_factory=SleepingRegressor(**models),
        n_folds=N_FOLDS,
        random_state=0,
    )


def costs_of(plans):
    """The seconds of every node, by key: a fit's duration, and nothing for all else."""
    nodes = dict(chain.from_iterable(plan.nodes.items() for plan in plans))
    return {key: _duration(source) for key, source in nodes.items()}


def least(plans, costs, slots):
    """What no schedule gets below: the critical path, or the work shared among the slots."""
    outputs = [output for plan in plans for output in plan.outputs]
    ends = fold(outputs, lambda source, before: max(before, default=0.0) + costs[source.key])
    return max(*ends.values(), sum(costs.values()) / slots)


def fitted(learner, costs: Mapping[str, float]):
    """A fit of one learner whose models were timed before, as a second fit of it is."""
    return run(_timed(learner.plan(*data()), costs))


def fitted_together(plans, costs: Mapping[str, float], n_threads=None):
    """Several plans run together, likewise; on threads of this process, or on the cluster."""
    timed = [_timed(plan, costs) for plan in plans]
    if n_threads is None:
        return dask.compute(*timed)
    with dask.config.set(scheduler="threads", num_workers=n_threads):
        return run(join_plans(timed))


def _timed(plan, costs):
    return replace(plan, measured=Measured(costs, {}))


def _duration(source):
    if not isinstance(source, Node) or source.run is not fit:
        return 0.0
    recipe = source.constants["recipe"]
    return prepare_estimator(recipe.base.estimator, recipe.seed, ()).duration
