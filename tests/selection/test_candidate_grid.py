"""Candidates from grids and distributions."""

import pytest
from scipy.stats import randint
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor

from causal_dask import (
    DRLearner,
    InvalidInput,
    InvalidType,
    SLearner,
    TLearner,
    candidate_grid,
    choose,
)
from causal_dask.datasets import make_study

DR = DRLearner(
    nuisance_model_factory=Ridge(), propensity_model_factory=LogisticRegression(),
    treatment_model_factory=DecisionTreeRegressor(max_depth=2, random_state=0),
)  # fmt: skip


def test_72_candidates_share_their_nuisances():
    grid = {
        "nuisance_model_factory": [Ridge(alpha=a) for a in (0.1, 1, 10, 100)],
        "propensity_model_factory": [LogisticRegression(C=c) for c in (0.1, 1, 10)],
        "treatment_model_factory__max_depth": [1, 2, 3, 4, 5, 6],
    }
    candidates = candidate_grid(DR, grid)
    assert len(candidates) == 72
    study = make_study(400, random_state=0)
    choice = choose(
        candidates, study.X, study.y, study.w, random_state=0, refit=False, nuisances=DR
    )
    # pairs of 3 folds for 4 outcome models of 2 variants and 3 propensity models, 3 folds for each
    # of 72 treatment models; of the judge's, single folds of one model of each
    assert choice.n_fits == (4 * 2 + 3) * 3 + 72 * 3 + (2 + 1) * 3
    assert choice.n_fits <= 498
    assert len(choice.table) == 72


def test_what_a_learner_has_no_use_for_is_left_out():
    made = candidate_grid(
        [DR, TLearner(nuisance_model_factory=Ridge()), SLearner(nuisance_model_factory=Ridge())],
        {"treatment_model_factory__max_depth": [1, 2], "nuisance_model_factory__alpha": [1, 5]},
    )
    kinds = [type(each).__name__ for each in made.values()]
    assert kinds.count("DRLearner") == 4
    assert kinds.count("TLearner") == kinds.count("SLearner") == 2
    assert "T(Ridge), nuisance alpha=5" in made


def test_distributions_are_drawn():
    space = {"treatment_model_factory__max_depth": randint(1, 50)}
    made = candidate_grid(DR, space, 5, random_state=0)
    again = candidate_grid(DR, space, 5, random_state=0)
    assert list(made) == list(again)
    depths = {each.treatment_model_factory.max_depth for each in made.values()}
    assert len(depths) == len(made) > 2


def test_names_stay_apart():
    models = [Ridge(alpha=1), Ridge(alpha=2)]
    made = candidate_grid(TLearner(), {"nuisance_model_factory": models})
    assert list(made) == ["T(Ridge)", "T(Ridge) 2"]


def test_what_is_no_grid_is_refused():
    with pytest.raises(InvalidType, match="Distributions need 'n_iter'"):
        candidate_grid(DR, {"treatment_model_factory__max_depth": randint(1, 5)})
    with pytest.raises(InvalidInput, match="cannot be set on DRLearner"):
        candidate_grid(DR, {"treatment_model_factory__depth": [1]})
