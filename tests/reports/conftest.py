"""Learners that are fitted once, and their data."""

import numpy as np
import pandas as pd
import pytest

from causal_dask import DRLearner, XLearner
from causal_dask.datasets import make_study
from tests.catalogue import learner_of


@pytest.fixture(scope="session")
def study():
    """Rows of three variants with names, with a column in words."""
    made = make_study(600, n_variants=3, random_state=0)
    X = pd.DataFrame(made.X[:, :3], columns=["age", "dose", "income"])
    return X, made.y, np.array(["none", "low", "high"])[made.w]


@pytest.fixture(scope="session")
def learners(study):
    """A DR- and an X-learner, whose scores are the same."""
    X, y, w = study
    made = {"DR": DRLearner, "X": XLearner}
    return {
        name: learner_of(cls, n_folds=4, control="none").fit(X, y, w) for name, cls in made.items()
    }
