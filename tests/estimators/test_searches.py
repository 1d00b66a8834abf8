"""scikit-learn's searches and cross-validation work over a learner, by metadata routing."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score

from causal_dask import DRLearner, InvalidInput, TLearner
from causal_dask.datasets import make_study
from causal_dask.formulas.residuals import r_loss
from tests.catalogue import learner_of

STUDY = make_study(300, effect="linear", random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
NEW = make_study(150, effect="linear", random_state=1)


@pytest.fixture
def routed():
    with sklearn.config_context(enable_metadata_routing=True):
        yield learner_of(DRLearner).set_fit_request(w=True).set_score_request(w=True)


def test_the_score_is_minus_the_r_loss_of_new_rows():
    learner = learner_of(DRLearner).fit(*DATA)
    share = learner.predict_nuisance(NEW.X, "propensity_model", 0, is_oos=True)[:, 1]
    outcomes = [
        np.ravel(learner.predict_nuisance(NEW.X, "variant_outcome_model", k, is_oos=True))
        for k in (0, 1)
    ]
    mixed = (1 - share) * outcomes[0] + share * outcomes[1]
    effect = learner.predict(NEW.X, is_oos=True)[:, 0, 0]
    expected = -r_loss(effect, mixed, share, NEW.y, NEW.w)
    assert learner.score(NEW.X, NEW.y, NEW.w) == pytest.approx(expected, rel=1e-9)


def test_cross_validation_holds_rows_out_of_a_learner(routed):
    found = cross_val_score(routed, STUDY.X, STUDY.y, cv=3, params={"w": STUDY.w})
    by_hand = []
    for train, test in KFold(3).split(STUDY.X):
        fitted = learner_of(DRLearner).fit(STUDY.X[train], STUDY.y[train], STUDY.w[train])
        by_hand.append(fitted.score(STUDY.X[test], STUDY.y[test], STUDY.w[test]))
    assert np.allclose(found, by_hand)


def test_a_grid_search_finds_the_parameter_that_is_better(routed):
    grid = {"feature_set": [[], list(range(STUDY.X.shape[1]))]}
    search = GridSearchCV(routed, grid, cv=2).fit(STUDY.X, STUDY.y, w=STUDY.w)
    assert search.best_params_["feature_set"] == grid["feature_set"][1]
    assert search.best_estimator_.predict(NEW.X).shape == (150, 1, 1)


def test_without_w_the_way_is_told():
    learner = learner_of(DRLearner).fit(*DATA)
    with pytest.raises(InvalidInput, match=r"set_score_request.*MetaLearnerGridSearch"):
        learner.score(NEW.X, NEW.y)


def test_a_learner_without_propensities_has_no_score():
    learner = learner_of(TLearner).fit(*DATA)
    with pytest.raises(InvalidInput, match="no propensities to judge a CATE by"):
        learner.score(NEW.X, NEW.y, NEW.w)
