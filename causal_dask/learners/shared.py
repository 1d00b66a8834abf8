"""Steps of more than one learner; learners with the same steps share their fits."""

from causal_dask.formulas.doubly_robust import aipw
from causal_dask.formulas.propensities import contrast_share
from causal_dask.spec import Model, control, formula, treated

PROPENSITY = Model("propensity_model", role="propensity", target="w")

VARIANT_OUTCOME = Model(
    "variant_outcome_model", role="outcome", target="y", per="variant", rows="variant"
)

SHARE = formula(
    "share",
    contrast_share,
    propensities="propensity_model",
    variant="variant",
    options=("clipping_threshold",),
)

AIPW = formula(
    "aipw_score",
    aipw,
    y="y",
    w="w",
    variant="variant",
    outcome_control=control("variant_outcome_model"),
    outcome_treated=treated("variant_outcome_model"),
    propensities="propensity_model",
    options=("clipping_threshold",),
)
