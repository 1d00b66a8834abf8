"""X-learner (Künzel et al. 2019, sec. 2): impute each unit's effect, model it on both sides, blend.

The treated units' imputed effects are their gains over the control model, the control units' their
losses against the treated model; each side's model counts where the other side is common.
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
