"""DR-learner (Kennedy 2023): regress the doubly robust score on the covariates, all rows."""

from causal_dask.formulas.doubly_robust import switched
from causal_dask.learners.shared import AIPW, PROPENSITY, VARIANT_OUTCOME
from causal_dask.spec import Learner, Model, Ref, control, formula, treated

DR = Learner(
    name="DR",
    steps=(
        PROPENSITY,
        VARIANT_OUTCOME,
        AIPW,
        formula(
            "pseudo_outcome",
            switched,
            score="aipw_score",
            variant="variant",
            outcome_control=control("variant_outcome_model"),
            outcome_treated=treated("variant_outcome_model"),
            propensities="propensity_model",
            options=("clipping_threshold", "adaptive_clipping"),
        ),
        Model("treatment_model", "effect", target="pseudo_outcome", per="contrast"),
    ),
    effect=Ref("treatment_model"),
    outcome=Ref("variant_outcome_model"),
    score=Ref("pseudo_outcome"),
)
