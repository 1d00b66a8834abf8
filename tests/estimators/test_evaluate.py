"""What is scored is what ``predict`` returns: repeats combined, weights counted, one R-loss."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss

from causal_dask import DRLearner, InvalidInput, RLearner, TLearner
from causal_dask.datasets import make_study
from causal_dask.formulas.residuals import r_loss
from tests.catalogue import LEARNERS, learner_of

STUDY = make_study(400, random_state=0)
DATA = (STUDY.X, STUDY.y, STUDY.w)
NEW = make_study(200, random_state=1)
NEW_DATA = (NEW.X, NEW.y, NEW.w)
WEIGHTS = np.random.default_rng(0).uniform(0.2, 3, 400)
NEW_WEIGHTS = np.random.default_rng(1).uniform(0.2, 3, 200)
EFFECT = {"effect": ["r_loss", "dr_loss"]}

pytestmark = pytest.mark.filterwarnings("ignore:The losses of effects")


def fitted(cls=DRLearner, weights=None, **parameters):
    return learner_of(cls, **parameters).fit(*DATA, sample_weight=weights)


@pytest.mark.parametrize("aggregation", ["median", "mean"])
@pytest.mark.parametrize(("data", "is_oos"), [(DATA, None), (NEW_DATA, True)])
def test_repeats_are_combined_before_they_are_scored(aggregation, data, is_oos):
    learner = fitted(TLearner, n_repeats=3, repeat_aggregation=aggregation)
    X, y, w = data
    score = learner.evaluate(*data, is_oos)["variant_outcome_model_1_neg_root_mean_squared_error"]
    outcome = learner.predict_conditional_average_outcomes(X, is_oos)[w == 1, 1, 0]
    assert score == pytest.approx(-np.sqrt(np.mean((y[w == 1] - outcome) ** 2)), rel=1e-12)


def test_probabilities_of_repeats_are_combined_too():
    learner = fitted(DRLearner, n_repeats=3)
    score = learner.evaluate(*DATA)["propensity_model_neg_log_loss"]
    propensities = learner.predict_nuisance(STUDY.X, "propensity_model", 0, is_oos=False)
    assert score == pytest.approx(-log_loss(STUDY.w, propensities), rel=1e-6)


def test_losses_of_effects_are_those_of_the_combined_effects():
    learner = fitted(RLearner, n_repeats=3)
    found = learner.evaluate(*DATA)["r_loss_1_vs_0"]
    effect = learner.predict(STUDY.X)[:, 0, 0]
    outcome = learner.predict_nuisance(STUDY.X, "outcome_model", 0, is_oos=False)
    share = learner.predict_nuisance(STUDY.X, "propensity_model", 0, is_oos=False)[:, 1]
    expected = r_loss(effect, np.ravel(outcome), share, STUDY.y, STUDY.w)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_repeats", [1, 3])
@pytest.mark.parametrize("n_variants", [2, 3])
def test_there_is_one_r_loss(n_repeats, n_variants):
    study = make_study(300, n_variants=n_variants, random_state=0)
    data = (study.X, study.y, study.w)
    learner = learner_of(RLearner, n_repeats=n_repeats).fit(*data)
    scores = learner.evaluate(*data, scoring={"effect": ["r_loss"]})
    for k in range(1, n_variants):
        assert scores[f"effect_{k}_vs_0_r_loss"] == scores[f"r_loss_{k}_vs_0"]


def test_a_judge_with_repeats_judges_by_its_combined_nuisances():
    judge, judged = fitted(DRLearner, n_repeats=3), fitted(TLearner)
    found = judged.evaluate(*DATA, scoring={"effect": ["r_loss"]}, nuisances=judge)
    share = judge.predict_nuisance(STUDY.X, "propensity_model", 0, is_oos=False)[:, 1]
    outcomes = [
        np.ravel(judge.predict_nuisance(STUDY.X, "variant_outcome_model", k, is_oos=False))
        for k in (0, 1)
    ]
    mixed = (1 - share) * outcomes[0] + share * outcomes[1]
    expected = r_loss(judged.predict(STUDY.X)[:, 0, 0], mixed, share, STUDY.y, STUDY.w)
    assert found["effect_1_vs_0_r_loss"] == pytest.approx(expected, rel=1e-9)


def test_weights_of_fit_count_on_the_training_rows_and_own_ones_on_new_rows():
    weighted = fitted(TLearner, WEIGHTS)
    name = "variant_outcome_model_1_neg_root_mean_squared_error"
    cases = [(DATA, None, WEIGHTS, None), (NEW_DATA, True, NEW_WEIGHTS, NEW_WEIGHTS)]
    for (X, y, w), is_oos, weights, passed in cases:
        found = weighted.evaluate(X, y, w, is_oos, sample_weight=passed)[name]
        outcome = weighted.predict_conditional_average_outcomes(X, is_oos)[:, 1, 0]
        rows = w == 1
        squares = np.average((y - outcome)[rows] ** 2, weights=weights[rows])
        assert found == pytest.approx(-np.sqrt(squares), rel=1e-9)


@pytest.mark.parametrize("cls", LEARNERS, ids=lambda cls: cls.__name__)
def test_a_weight_of_two_counts_as_two_rows(cls):
    learner, twice = fitted(cls), np.where(NEW.y > 0, 2, 1)
    judge = fitted(DRLearner)
    once = learner.evaluate(*NEW_DATA, True, scoring=EFFECT, nuisances=judge, sample_weight=twice)
    rows = np.repeat(np.arange(200), twice)
    repeated = learner.evaluate(
        *(column[rows] for column in NEW_DATA), True, scoring=EFFECT, nuisances=judge
    )
    assert once == pytest.approx(repeated, rel=1e-9)


def test_weights_and_groups_of_the_training_rows_are_those_of_fit():
    learner = fitted(TLearner)
    with pytest.raises(
        InvalidInput, match="'sample_weight', 'groups' and 'propensities' are those"
    ):
        learner.evaluate(*DATA, sample_weight=WEIGHTS)
    with pytest.raises(InvalidInput, match="'sample_weight'"):
        learner.evaluate(*NEW_DATA, sample_weight=WEIGHTS)
    assert learner.evaluate(*NEW_DATA, groups=NEW.w) == learner.evaluate(*NEW_DATA)


def test_a_kind_that_no_learner_has_is_refused_and_those_of_others_are_left_out():
    learner = fitted(TLearner)
    with pytest.raises(InvalidInput, match=r"'propensity_modl', .* mean 'propensity_model'\?"):
        learner.evaluate(*DATA, scoring={"propensity_modl": ["neg_log_loss"]})
    assert "propensity_model" not in str(
        learner.evaluate(*DATA, scoring={"propensity_model": ["neg_log_loss"]})
    )


def test_scores_of_models_take_their_own_weights_and_those_of_rows():
    learner = RLearner(
        nuisance_model_factory=LinearRegression, propensity_model_factory=LogisticRegression,
        treatment_model_factory=LinearRegression, n_folds=2, random_state=0,
    ).fit(*DATA, sample_weight=WEIGHTS)  # fmt: skip
    found = learner.evaluate(*DATA)["treatment_model_1_vs_0_neg_root_mean_squared_error"]
    effect = learner.predict(STUDY.X)[:, 0, 0]
    outcome = np.ravel(learner.predict_nuisance(STUDY.X, "outcome_model", 0, is_oos=False))
    share = learner.predict_nuisance(STUDY.X, "propensity_model", 0, is_oos=False)[:, 1]
    residual = STUDY.w - share
    squares = ((STUDY.y - outcome) / residual - effect) ** 2
    expected = np.average(squares, weights=WEIGHTS * residual**2)
    assert found == pytest.approx(-np.sqrt(expected), rel=1e-6)


def test_a_learner_of_repeats_is_not_judged_by_the_mean_of_its_repeats():
    one, three = fitted(TLearner), fitted(TLearner, n_repeats=3)
    assert isinstance(one, TLearner)
    name = "variant_outcome_model_1_neg_root_mean_squared_error"
    assert one.evaluate(*DATA)[name] != three.evaluate(*DATA)[name]
