"""RA-learner (Curth & van der Schaar 2021, sec. 3): regress the regression-adjusted outcome."""

from causal_dask.formulas.outcomes import regression_adjusted
from causal_dask.learners.shared import VARIANT_OUTCOME
from causal_dask.spec import Learner, Model, Ref, control, formula, treated

RA = Learner(
    name="RA",
    steps=(
        VARIANT_OUTCOME,
        formula(
            "pseudo_outcome",
            regression_adjusted,
            y="y",
            w="w",
            variant="variant",
            outcome_control=control("variant_outcome_model"),
            outcome_treated=treated("variant_outcome_model"),
        ),
        Model("treatment_model", "effect", "pseudo_outcome", per="contrast", rows="contrast"),
    ),
    effect=Ref("treatment_model"),
    outcome=Ref("variant_outcome_model"),
)
