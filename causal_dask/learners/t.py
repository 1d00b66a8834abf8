"""T-learner (Künzel et al. 2019, sec. 2): one outcome model for each variant."""

from causal_dask.formulas.outcomes import difference
from causal_dask.learners.shared import VARIANT_OUTCOME
from causal_dask.spec import Learner, Ref, control, formula, treated

T = Learner(
    name="T",
    steps=(
        VARIANT_OUTCOME,
        formula(
            "effect",
            difference,
            treated=treated("variant_outcome_model"),
            control=control("variant_outcome_model"),
        ),
    ),
    effect=Ref("effect"),
    outcome=Ref("variant_outcome_model"),
    outcomes=frozenset({"regression", "binary", "multiclass"}),
)
