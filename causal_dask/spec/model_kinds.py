"""The names of model kinds in the declarations of this package, and of the two stages."""

PROPENSITY_MODEL = "propensity_model"
BASE_MODEL = "base_model"
VARIANT_OUTCOME_MODEL = "variant_outcome_model"
OUTCOME_MODEL = "outcome_model"
TREATMENT_MODEL = "treatment_model"
TREATMENT_EFFECT_MODEL = "treatment_effect_model"
CONTROL_EFFECT_MODEL = "control_effect_model"

NUISANCE = "nuisance"
TREATMENT = "treatment"
