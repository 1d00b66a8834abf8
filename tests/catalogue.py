"""The learners that laws run over, sorted by what they declare, and one way to make each.

A learner that joins CATALOGUE joins the laws: no test lists the learners by hand.
"""

from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner
from causal_dask.estimators.catalogue import CATALOGUE

LEARNERS = list(CATALOGUE)


def those(has):
    """The learners whose declaration has a property."""
    return [cls for cls in LEARNERS if has(cls.declaration)]


def roles_of(declaration):
    return {model.role for model in declaration.models}


def is_computed_from(declaration, value, other):
    """Whether a value is a formula of another one, if there are both."""
    formulas = {step.name: step for step in declaration.formulas}
    if value is None or other is None or value.name not in formulas:
        return False
    return other.name in {ref.name for _, ref in formulas[value.name].reads}


WITH_OUTCOMES = those(lambda d: d.outcome is not None)
"""Those that predict conditional average outcomes."""

WITH_OUTCOME_MODELS = those(lambda d: "outcome" in roles_of(d))
"""Those that explain the outcome first, so that its level and spread do not count as effects."""

WITH_VARIANT_OUTCOME_MODELS = those(lambda d: d.compares_classes_within_variants)
"""Those with an outcome model of each variant's rows."""

WITH_PROPENSITIES = those(lambda d: d.has_propensities)
WITHOUT_PROPENSITIES = those(lambda d: not d.has_propensities)

TWO_STAGES = those(lambda d: "effect" in roles_of(d))
"""Those that fit models to pseudo-outcomes."""

ONE_STAGE = those(lambda d: "effect" not in roles_of(d))

FOR_SEVERAL_CLASSES = those(lambda d: "multiclass" in d.outcomes)
FOR_TWO_CLASSES_AT_MOST = those(lambda d: "multiclass" not in d.outcomes)

WHOSE_EFFECTS_ARE_DIFFERENCES = those(
    lambda d: is_computed_from(d, d.effect, d.outcome) or is_computed_from(d, d.outcome, d.effect)
)
"""Those that compute effects from outcomes, or outcomes from effects."""


def with_score(n_variants):
    """Those that have an AIPW score, and so an average effect, for this many variants."""
    return those(lambda d: d.has_score(n_variants))


def name_of(cls):
    """The prefix by which the factory finds a learner."""
    return cls.declaration.name


LINEAR = {
    "nuisance_model_factory": LinearRegression,
    "propensity_model_factory": LogisticRegression,
    "treatment_model_factory": LinearRegression,
}
"""Models that are quick, deterministic, and found by least squares or nearly."""


def learner_of(cls=DRLearner, **parameters):
    """An unfitted learner of linear models on three folds, unless told otherwise."""
    return cls(**LINEAR | {"n_folds": 3, "random_state": 0} | parameters)


def models_of_classes(cls):
    """The parameters of a learner of classes; one without an outcome model must be told of them."""
    told = {} if cls in WITH_OUTCOME_MODELS else {"is_classification": True}
    return {"nuisance_model_factory": LogisticRegression} | told
