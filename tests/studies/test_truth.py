"""True effects belong to the rows and treatments that their index and columns name."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from causal_dask import InvalidInput
from causal_dask.studies import Drawn
from causal_dask.studies.drawn import as_drawn
from tests.studies.small import generate, study_of, t_learner

X = pd.DataFrame({"a": np.arange(6.0)}, index=list("uvwxyz"))
Y = np.arange(6.0)
ARMS = np.array(["a", "b", "c", "a", "b", "c"])
B, C = np.full(6, 2.0), np.full(6, 3.0)


def drawn(**given):
    return as_drawn({"X": X, "y": Y, "w": ARMS} | given)


@pytest.mark.parametrize("name", ["effects", "effects_new"])
def test_effects_with_another_index_are_refused(name):
    given = {"effects_new": B, "X_new": X, "effects": C} | {name: pd.Series(B)}
    with pytest.raises(InvalidInput, match=f"'{name}' differ"):
        drawn(**given)
    assert drawn(X=X.to_numpy(), effects=pd.Series(B)).ate == [2.0]


@pytest.mark.parametrize("names", [("b", "c"), (1, 2), ("1", "2")])
def test_columns_are_put_in_the_order_of_the_treatments(names):
    effects = pd.DataFrame({names[1]: C, names[0]: B}, index=X.index)
    ate = pd.Series({names[1]: 5.0, names[0]: 4.0})
    assert drawn(effects=effects).effects[0].tolist() == [2, 3]
    assert drawn(effects=effects, ate=ate).ate.tolist() == [4, 5]
    assert drawn(effects=effects, ate=ate.to_dict()).ate.tolist() == [4, 5]


def test_columns_without_names_are_taken_as_they_are():
    effects = pd.DataFrame(np.column_stack([C, B]), index=X.index)
    assert drawn(effects=effects).effects[0].tolist() == [3, 2]


def test_columns_of_unknown_names_are_refused():
    effects = pd.DataFrame({"c": C, "d": B}, index=X.index)
    with pytest.raises(InvalidInput, match=r"must be the labels .* Got \['c', 'd'\]"):
        drawn(effects=effects)


def against(labels):
    def labelled(setting, rng):
        x, y, w, effects = generate(setting, rng)
        return x, y, np.array(["no", "yes"])[w], pd.DataFrame({labels: effects})

    return labelled


@pytest.mark.parametrize(("column", "n_failed"), [("yes", 0), ("effect", 0), ("no", 2)])
def test_effects_against_another_control_are_told(column, n_failed):
    study = study_of(
        generate=against(column), learners=[t_learner(control="no")], replications=1,
        design=[{"n_rows": 60}],
    )  # fmt: skip
    failures = study.run().failures
    assert len(failures) == n_failed
    assert failures["error"].str.contains("control is 'no', but").all()


def test_a_number_is_the_effect_of_every_row_of_a_sparse_matrix():
    found = as_drawn((sp.csr_matrix(np.eye(4)), np.zeros(4), np.arange(4) % 2, 2.0))
    assert found.effects.tolist() == [[2.0]] * 4


def test_a_number_is_the_effect_of_every_row():
    found = drawn(effects=2.0, X_new=X[:2], effects_new=3)
    assert found.effects.tolist() == [[2.0]] * 6
    assert found.effects_new.tolist() == [[3.0]] * 2
    assert found.ate == [2.0]


def test_new_rows_without_effects_are_refused_and_effects_without_new_rows():
    with pytest.raises(InvalidInput, match="no 'effects_new'"):
        drawn(effects=B, X_new=X)
    with pytest.raises(InvalidInput, match="no 'X_new'"):
        drawn(effects_new=B)


def test_data_that_are_drawn_already_are_checked_too():
    found = as_drawn(Drawn(X, Y, ARMS, effects=B, extra={"note": 1}))
    assert found.effects.shape == (6, 1)
    assert found.ate == [2.0]
    assert found.extra == {"note": 1}
