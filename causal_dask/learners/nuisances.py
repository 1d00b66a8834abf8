"""Outcomes of each variant and propensities, and nothing fitted on top: what judges learners."""

from causal_dask.formulas.outcomes import difference
from causal_dask.learners.shared import AIPW, PROPENSITY, VARIANT_OUTCOME
from causal_dask.spec import Learner, Ref, control, formula, treated

NUISANCES = Learner(
    name="nuisances",
    steps=(
        PROPENSITY,
        VARIANT_OUTCOME,
        AIPW,
        formula(
            "effect",
            difference,
            treated=treated("variant_outcome_model"),
            control=control("variant_outcome_model"),
        ),
    ),
    effect=Ref("effect"),
    outcome=Ref("variant_outcome_model"),
    score=Ref("aipw_score"),
    outcomes=frozenset({"regression", "binary", "multiclass"}),
)
