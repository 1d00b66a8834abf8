"""A goal counts as reached only where enough replications show that it is."""

import numpy as np
import pytest

from causal_dask.errors import CausalDaskWarning
from tests.studies.small import generate, study_of, t_learner

ONE = {"learners": [t_learner()], "design": [{"n_rows": 60}], "replications": 10}


def three_arms(setting, rng):
    X, y, _, effects = generate(setting, rng)
    return X, y, rng.permutation(np.arange(len(X)) % 3), np.column_stack([effects, effects])


def test_a_goal_is_of_all_names_that_are_made_of_a_measure():
    study = study_of(generate=three_arms, **ONE, measures=["bias"])
    summary = study.run(until={"mc_error": {"bias": 0.15}}).summary()
    assert (summary["n"] > 10).all()
    assert (summary["mc_error"] <= 0.15).all()


def test_a_goal_is_of_the_longest_measure_that_a_name_is_made_of():
    measures = {"q": lambda learner, data: {"high": 3.0}, "q low": lambda learner, data: data.y[0]}
    summary = study_of(**ONE, measures=measures).run(until={"mc_error": {"q": 0.01}}).summary()
    assert (summary["n"] == 10).all()


def test_ten_of_ten_do_not_show_that_a_share_is_one():
    study = study_of(**ONE, measures={"always": lambda learner, data: 1.0})
    assert study.run(until={"mc_error": 0.1}).summary()["n"].item() == 10
    assert study.run(until={"mc_error": 0.05}).summary()["n"].item() > 20


def test_replications_that_other_parts_have_not_run_do_not_count(tmp_path):
    study = study_of(**ONE | {"replications": 20})
    results = study.run(tmp_path / "study", part=(1, 10), until={"mc_error": 100.0})
    assert (results.summary()["n"] == 10).all()


def test_a_goal_of_a_measure_that_always_fails_is_not_said_to_be_reached():
    study = study_of(**ONE, measures={"none": lambda learner, data: data.nothing})
    with pytest.warns(CausalDaskWarning, match=r"Whether \['none'\] have reached the goal"):
        results = study.run(until={"mc_error": 0.1})
    assert len(results.table) == 10
