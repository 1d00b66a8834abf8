"""The learner that the docs declare outside the package can do what those of the catalogue can.

Its formula and its class are in no module that can be imported, as in a notebook.
"""

import doctest
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

from causal_dask import load
from causal_dask.datasets import make_study
from tests.catalogue import learner_of

PAGE = Path(__file__).parents[2] / "docs" / "your_own_learner.md"
STUDY = make_study(400, n_variants=3, random_state=0)

PREDICT = """
import sys
import numpy as np
from causal_dask import load
np.save(sys.argv[2], load(sys.argv[1]).predict(np.load(sys.argv[3])))
"""


@pytest.fixture(scope="module")
def own_class():
    """The class of the page, as its first examples declare it."""
    examples = doctest.DocTestParser().get_examples(PAGE.read_text(encoding="utf-8"))
    namespace = {"__name__": "__main__"}
    for example in takewhile(lambda e: "OverlapLearner(**options)" not in e.source, examples):
        exec(example.source, namespace)  # noqa: S102 - our own page
    return namespace["OverlapLearner"]


@pytest.fixture(scope="module")
def learner(own_class):
    """The learner, fitted on threads."""
    return learner_of(own_class).fit(STUDY.X, STUDY.y, STUDY.w)


def test_it_estimates_effects_and_their_average(learner):
    assert abs(learner.predict(STUDY.X)[:, :, 0] - STUDY.effects).mean() < 0.5
    effect = learner.average_treatment_effect()
    assert (abs(effect.estimate - STUDY.ate) < 4 * effect.standard_error).all()


@pytest.mark.filterwarnings("ignore:The losses of effects")
def test_its_models_and_effects_are_scored(learner):
    scores = learner.evaluate(STUDY.X, STUDY.y, STUDY.w, scoring={"effect": ["dr_loss"]})
    assert {"outcome_model_2_neg_root_mean_squared_error", "effect_2_vs_0_dr_loss"} <= set(scores)


def test_a_cluster_of_processes_gives_the_same_effects(learner, own_class):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster),
    ):
        there = learner_of(own_class).fit(STUDY.X, STUDY.y, STUDY.w)
    assert (there.predict(STUDY.X) == learner.predict(STUDY.X)).all()


def test_a_saved_one_is_loaded_where_its_class_is_not_known(learner, tmp_path):
    folder, X, found = learner.save(tmp_path / "own"), tmp_path / "X.npy", tmp_path / "found.npy"
    assert (load(folder).predict(STUDY.X) == learner.predict(STUDY.X)).all()
    np.save(X, STUDY.X)
    subprocess.run([sys.executable, "-c", PREDICT, folder, found, X], check=True)
    assert (np.load(found) == learner.predict(STUDY.X)).all()
