"""A small study, a job about it, and the command line in this process."""

import numpy as np
import pandas as pd
from click.testing import CliRunner

from causal_dask.cli.commands import causal
from causal_dask.datasets import make_study

LINEAR = {
    "nuisance": {"class": "sklearn.linear_model.Ridge", "parameters": {"alpha": 1.0}},
    "propensity": {"class": "sklearn.linear_model.LogisticRegression"},
    "treatment": {"class": "sklearn.linear_model.Ridge"},
}

JOB = {
    "data": {"path": "study.csv", "outcome": "gain", "treatment": "arm", "id": "person"},
    "learners": ["DR"],
    "models": LINEAR,
    "folds": 3,
    "seed": 7,
}


def table(n_rows=240, seed=0):
    """Rows with three covariates, a treatment, an outcome, and columns of other kinds."""
    study = make_study(n_rows, random_state=seed)
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(study.X[:, :3], columns=["age", "dose", "income"])
    return frame.assign(
        arm=study.w,
        gain=study.y,
        person=np.arange(n_rows),
        weight=rng.uniform(0.5, 2, n_rows),
        town=rng.integers(0, 30, n_rows),
    )


FEATURES = ["age", "dose", "income"]


def called(*arguments):
    """What a command prints, and ends with; other errors than its own are raised."""
    result = CliRunner().invoke(causal, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
