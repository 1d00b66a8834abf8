"""An ensemble of learners: their effects, mixed by weights that minimise a loss of the mixture.

Lan & Syrgkanis (2023), "Causal Q-aggregation for CATE model selection"; Han & Wu (2022), "Ensemble
method for estimating individualized treatment effects"; Nie & Wager (2021), section 4.
"""

from collections.abc import Mapping

from causal_dask.formulas.propensities import contrast_share
from causal_dask.formulas.residuals import contrast_outcome, outcome_without, shifted
from causal_dask.learners.nuisances import NUISANCES
from causal_dask.spec import EffectStack, Learner, Ref, control, every, formula, treated
from causal_dask.spec.join import effects_of, name_within, steps_within

JUDGE = "judge"
"""The nuisances of the loss, beside the learners."""

OUTCOME, PROPENSITY, SCORE = (
    name_within(JUDGE, step) for step in ("variant_outcome_model", "propensity_model", "aipw_score")
)


def ensemble(learners: Mapping[str, Learner], method: str) -> Learner:
    """The declaration of an ensemble of learners by name."""
    return Learner(
        name="Ensemble",
        steps=(
            *steps_within(JUDGE, NUISANCES),
            *(step for name, each in learners.items() for step in steps_within(name, each)),
            EffectStack("effect", effects_of(learners), method, OUTCOME, PROPENSITY),
            formula(
                "share", contrast_share, propensities=PROPENSITY, variant="variant",
                options=("clipping_threshold",),
            ),
            formula(
                "contrast_outcome", contrast_outcome, outcome_control=control(OUTCOME),
                outcome_treated=treated(OUTCOME), share="share",
            ),
            formula(
                "control_outcome", outcome_without, outcomes=every("contrast_outcome"),
                shares=every("share"), effects=every("effect"),
            ),
            formula(
                "outcome", shifted, outcome="control_outcome", effects=every("effect"),
                variant="variant",
            ),
        ),
        effect=Ref("effect"),
        outcome=Ref("outcome"),
        score=Ref(SCORE),
    )  # fmt: skip
