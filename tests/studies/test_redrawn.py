"""A check draws data again, to see whether they come from the random numbers that they get."""

import warnings

import numpy as np
import pytest

from causal_dask.errors import CausalDaskWarning
from tests.studies.small import generate, study_of, t_learner

ONE = {"learners": [t_learner()], "design": [{"n_rows": 60}], "measures": ["bias"]}
OWN = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        (lambda setting, rng: generate(setting, OWN), "cannot be repeated"),
        (lambda setting, rng: generate(setting, np.random.default_rng(0)), "the same data in each"),
    ],
    ids=["a generator of its own", "a seed of its own"],
)
def test_data_of_other_random_numbers_are_told(drawn, told):
    with pytest.warns(CausalDaskWarning, match=told):
        study_of(generate=drawn, **ONE).check()


def test_data_of_the_right_random_numbers_are_not():
    with warnings.catch_warnings():
        warnings.simplefilter("error", CausalDaskWarning)
        study_of(**ONE).check()
