"""Learners that were saved before functions changed still find their results."""

from dataclasses import replace

import numpy as np
import pytest

from causal_dask import load
from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.datasets import make_study
from causal_dask.graph.walk import fold
from causal_dask.learners.r import R
from causal_dask.saving.earlier_keys import _key_before, under_todays_keys
from causal_dask.saving.manifest import nodes_of
from tests.catalogue import WITH_PROPENSITIES, learner_of
from tests.keys.test_golden_keys import study_of

STUDY = make_study(240, n_features=3, n_variants=3, random_state=0)


def saved_before(cls, folder, **parameters):
    """A learner, and where it lies with the keys that its results once had."""
    learner = learner_of(cls, **parameters).fit(STUDY.X, STUDY.y, STUDY.w)
    nodes, _ = nodes_of(learner)
    before = fold(nodes.values(), _key_before)
    results = {before[key]: result for key, result in learner._fitted.results.items()}
    answer, clipped = learner.predict(STUDY.X), getattr(learner, "n_clipped_", None)
    learner._fitted = replace(learner._fitted, results=results)
    return learner.save(folder), answer, clipped


@pytest.mark.parametrize("keep_models", [True, False])
@pytest.mark.parametrize("cls", WITH_PROPENSITIES)
def test_a_learner_of_before_answers_as_it_did(cls, keep_models, tmp_path):
    folder, answer, clipped = saved_before(cls, tmp_path / "one", keep_models=keep_models)
    loaded = load(folder)
    np.testing.assert_array_equal(loaded.predict(STUDY.X), answer)
    assert loaded.n_clipped_ == clipped


def test_the_keys_of_before_are_those_that_were_stored():
    compiler = Compiler(R, study_of(R))
    before = set(fold(answers.kept_results(compiler), _key_before).values())
    # as in the stored golden keys before ``contrast_share`` had version 2
    stored = ("n_outside-d24de21b7c", "squared_residual-d851f71de4", "fit-675d0d9891")
    assert all(any(key.startswith(one) for key in before) for one in stored)


def test_results_with_todays_keys_keep_them():
    nodes = answers.kept_results(Compiler(R, study_of(R)))
    results = {made.key: position for position, made in enumerate(nodes)}
    assert under_todays_keys(results, nodes) == results
