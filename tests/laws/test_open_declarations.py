"""A declaration may leave its outcome out, transform it, or have models per contrast only."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DeclarationError, FLearner, InvalidInput, MetaLearner, PWLearner
from causal_dask.datasets import make_study
from causal_dask.learners.shared import PROPENSITY, SHARE
from causal_dask.spec import Learner, Model, Ref, control, formula, treated
from causal_dask.spec.check import checked
from tests.catalogue import learner_of

STUDY = make_study(400, n_variants=2, random_state=0)
DATA = STUDY.X, STUDY.y, STUDY.w


def transformed(y, w, variant, share):
    return y * ((w == variant) - share) / (share * (1 - share))


TRANSFORMED_OUTCOME = Learner(
    name="transformed-outcome",
    steps=(
        PROPENSITY,
        SHARE,
        formula("outcome", transformed, y="y", w="w", variant="variant", share="share"),
        Model("treatment_model", "effect", target="outcome", per="contrast", rows="contrast"),
    ),
    effect=Ref("treatment_model"),
)


class TransformedOutcomeLearner(MetaLearner, declaration=TRANSFORMED_OUTCOME):
    """A learner that no package brought."""


MODELS = {"propensity_model_factory": LogisticRegression, "n_folds": 3, "random_state": 0}


def test_a_learner_without_an_outcome_model_predicts_effects():
    learner = TransformedOutcomeLearner(treatment_model_factory=LinearRegression, **MODELS)
    effects = learner.fit(*DATA).predict(STUDY.X)
    ours = learner_of(PWLearner).fit(*DATA).predict(STUDY.X)
    np.testing.assert_allclose(effects, ours)


def test_it_is_evaluated_on_the_models_that_it_has():
    learner = TransformedOutcomeLearner(treatment_model_factory=LinearRegression, **MODELS)
    scores = learner.fit(*DATA).evaluate(*DATA)
    assert set(scores) == {
        "propensity_model_neg_log_loss",
        "treatment_model_1_vs_0_neg_root_mean_squared_error",
    }


def test_it_says_that_it_predicts_no_outcomes():
    learner = TransformedOutcomeLearner(treatment_model_factory=LinearRegression, **MODELS)
    with pytest.raises(InvalidInput, match="no outcome model"):
        learner.fit(*DATA).predict_conditional_average_outcomes(STUDY.X)


def test_its_estimates_can_be_kept_without_its_models():
    learner = TransformedOutcomeLearner(
        treatment_model_factory=LinearRegression, keep_models=False, **MODELS
    )
    assert learner.fit(*DATA).predict(STUDY.X).shape == (400, 1, 1)


def test_classes_of_an_outcome_that_no_model_predicts_have_to_be_announced():
    words = np.where(STUDY.y > 0, "yes", "no")
    with pytest.raises(InvalidInput, match="Pass is_classification=True for classes"):
        learner_of(PWLearner).fit(STUDY.X, words, STUDY.w)
    effects = learner_of(PWLearner, is_classification=True).fit(STUDY.X, words, STUDY.w)
    assert effects.predict(STUDY.X).shape == (400, 1, 2)


def test_two_learners_of_one_pseudo_outcome_share_every_fit():
    one, other = (learner_of(cls).plan(*DATA) for cls in (PWLearner, FLearner))
    assert one.nodes.keys() == other.nodes.keys()


def per_contrast(outcome, *more):
    """A declaration whose outcome models are one per contrast."""
    model = Model("m", "outcome", target="y", per="contrast", rows="contrast")
    return Learner("odd", (model, *more), effect=Ref("m"), outcome=Ref(outcome))


def plus(a, b):
    return a + b


def test_an_outcome_with_models_per_contrast_has_none_for_control():
    with pytest.raises(DeclarationError, match="'m', which has a model per contrast only"):
        checked(per_contrast("m"))


def test_neither_has_an_outcome_that_is_computed_from_them():
    computed = formula("o", plus, a="m", b="m")
    with pytest.raises(DeclarationError, match="'o', which has a model per contrast only"):
        checked(per_contrast("o", computed))


def test_nor_has_a_formula_that_reads_what_is_computed_from_them_of_control():
    computed = formula("o", plus, a="m", b="m")
    difference = formula("effect", plus, a=control("o"), b=treated("o"))
    with pytest.raises(DeclarationError, match="reads 'o' of control"):
        checked(Learner("odd", (per_contrast("m").steps[0], computed, difference), Ref("effect")))
