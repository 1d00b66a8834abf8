"""Steps of the learners that regress residuals on residuals: R and U."""

from causal_dask.formulas.doubly_robust import aipw
from causal_dask.formulas.residuals import outcome_without, residual_ratio, shifted
from causal_dask.spec import Model, control, every, formula, treated

CONTRAST_OUTCOME = Model("outcome_model", "outcome", target="y", per="contrast", rows="contrast")
"""E[Y | X, W in {0, k}]: not one model over all variants, whose loss would not be orthogonal."""

RATIO = formula(
    "ratio",
    residual_ratio,
    y="y",
    w="w",
    variant="variant",
    outcome="outcome_model",
    share="share",
)

OUTCOMES_OF_RESIDUALS = (
    formula(
        "control_outcome",
        outcome_without,
        outcomes=every("outcome_model"),
        shares=every("share"),
        effects=every("treatment_model"),
    ),
    formula(
        "outcome",
        shifted,
        outcome="control_outcome",
        effects=every("treatment_model"),
        variant="variant",
    ),
    formula(
        "aipw_score",
        aipw,
        y="y",
        w="w",
        variant="variant",
        outcome_control=control("outcome"),
        outcome_treated=treated("outcome"),
        propensities="propensity_model",
        options=("clipping_threshold",),
    ),
)
"""Outcomes by variant, and scores, from one outcome model per contrast and the effects."""
