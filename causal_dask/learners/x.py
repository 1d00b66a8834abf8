"""X-learner (Künzel et al. 2019, sec. 2): impute effects, model them in both groups, and blend.

A treated unit's imputed effect is its gain over the control model's prediction, a control unit's
its loss against the treated model's. Each group's model has the weight of the other group's share.
"""

from causal_dask.formulas.outcomes import gain, loss
from causal_dask.formulas.propensities import blend
from causal_dask.learners.shared import AIPW, PROPENSITY, SHARE, VARIANT_OUTCOME
from causal_dask.spec import Learner, Model, Ref, control, formula, treated

X = Learner(
    name="X",
    steps=(
        PROPENSITY,
        VARIANT_OUTCOME,
        SHARE,
        formula("gain", gain, y="y", outcome=control("variant_outcome_model")),
        formula("loss", loss, outcome=treated("variant_outcome_model"), y="y"),
        Model("treatment_effect_model", "effect", target="gain", per="contrast", rows="variant"),
        Model("control_effect_model", "effect", target="loss", per="contrast", rows="control"),
        formula(
            "effect",
            blend,
            share="share",
            control_effect="control_effect_model",
            treatment_effect="treatment_effect_model",
        ),
        AIPW,
    ),
    effect=Ref("effect"),
    outcome=Ref("variant_outcome_model"),
    score=Ref("aipw_score"),
)
