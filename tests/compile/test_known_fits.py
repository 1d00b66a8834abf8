"""Questions to a fitted learner compile none of the fits that have finished."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner
from causal_dask.compile.compiler import Compiler
from causal_dask.datasets import make_study

STUDY, NEW = make_study(200, random_state=0), make_study(5, random_state=1).X
DATA = STUDY.X, STUDY.y, STUDY.w


def learner_of(**options):
    return DRLearner(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=2, random_state=0, **options,
    )  # fmt: skip


@pytest.fixture
def compiled(monkeypatch):
    """The fits that are compiled from now on."""
    found, compile_fit = [], Compiler._fit

    def counted(self, step, own, without):
        found.append((step.name, own, without))
        return compile_fit(self, step, own, without)

    monkeypatch.setattr(Compiler, "_fit", counted)
    return found


@pytest.mark.parametrize("n_repeats", [1, 2])
def test_after_a_fit_no_fit_is_compiled(n_repeats, compiled):
    learner = learner_of(n_repeats=n_repeats).fit(*DATA)
    assert len(compiled) == n_repeats * 4 * 3  # a model of each variant, two more; 2 folds and all
    compiled.clear()
    learner.predict(STUDY.X), learner.predict(NEW), learner.average_treatment_effect()
    assert not compiled


def test_a_copy_compiles_them_once_and_answers_the_same(compiled):
    learner = learner_of(n_repeats=2).fit(*DATA)
    copied = pickle.loads(pickle.dumps(learner))
    compiled.clear()
    np.testing.assert_array_equal(copied.predict(NEW), learner.predict(NEW))
    assert compiled
    compiled.clear()
    np.testing.assert_array_equal(copied.predict(NEW), learner.predict(NEW))
    assert not compiled


def test_a_second_fit_to_other_data_knows_other_fits():
    learner = learner_of().fit(*DATA)
    other = make_study(200, random_state=2)
    expected = learner_of().fit(other.X, other.y, other.w).predict(NEW)
    np.testing.assert_array_equal(learner.fit(other.X, other.y, other.w).predict(NEW), expected)


def test_fits_that_were_left_out_are_compiled_and_told():
    learner = learner_of().fit(*DATA, answers="ate")
    learner.average_treatment_effect()
    with pytest.raises(ValueError, match=r"treatment_model.*answers"):
        learner.predict(NEW)
