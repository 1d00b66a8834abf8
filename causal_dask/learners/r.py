"""R-learner (Nie & Wager 2021): regress the outcome's residual on the treatment's.

One outcome model per contrast, on the contrast's rows: E[Y | X, W in {0, k}] is what makes the
loss of contrast k orthogonal. For two variants that is E[Y | X], the paper's own case.
"""

from causal_dask.formulas.doubly_robust import aipw
from causal_dask.formulas.residuals import (
    outcome_without,
    r_loss_of_contrast,
    residual_ratio,
    shifted,
    squared_residual,
)
from causal_dask.learners.shared import PROPENSITY, SHARE
from causal_dask.spec import Learner, Model, Ref, control, every, formula, treated

R = Learner(
    name="R",
    steps=(
        PROPENSITY,
        Model("outcome_model", "outcome", target="y", per="contrast", rows="contrast"),
        SHARE,
        formula(
            "ratio", residual_ratio,
            y="y", w="w", variant="variant", outcome="outcome_model", share="share",
        ),
        formula("weight", squared_residual, w="w", variant="variant", share="share"),
        Model(
            "treatment_model", "effect",
            target="ratio", weight="weight", per="contrast", rows="contrast",
        ),
        formula(
            "control_outcome", outcome_without,
            outcomes=every("outcome_model"), shares=every("share"),
            effects=every("treatment_model"),
        ),
        formula(
            "outcome", shifted,
            outcome="control_outcome", effects=every("treatment_model"), variant="variant",
        ),
        formula(
            "aipw_score", aipw,
            y="y", w="w", variant="variant",
            outcome_control=control("outcome"), outcome_treated=treated("outcome"),
            propensities="propensity_model",
            options=("clipping_threshold",),
        ),
        formula(
            "r_loss", r_loss_of_contrast,
            y="y", w="w", variant="variant",
            outcome="outcome_model", share="share", effect="treatment_model",
        ),
    ),
    effect=Ref("treatment_model"),
    outcome=Ref("outcome"),
    score=Ref("aipw_score"),
    scores_two_variants_only=True,
    losses=("r_loss",),
)  # fmt: skip
