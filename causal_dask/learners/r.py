"""R-learner (Nie & Wager 2021): regress the outcome's residual on the treatment's.

One outcome model per contrast, on the contrast's rows: E[Y | X, W in {0, k}] is what makes the
loss of contrast k orthogonal. For two variants that is E[Y | X], the paper's own case.
"""

from causal_dask.formulas.residuals import r_loss_of_contrast, squared_residual
from causal_dask.learners.residual_steps import CONTRAST_OUTCOME, OUTCOMES_OF_RESIDUALS, RATIO
from causal_dask.learners.shared import PROPENSITY, SHARE
from causal_dask.spec import Learner, Model, Ref, formula

R = Learner(
    name="R",
    steps=(
        PROPENSITY,
        CONTRAST_OUTCOME,
        SHARE,
        RATIO,
        formula("weight", squared_residual, w="w", variant="variant", share="share"),
        Model(
            "treatment_model",
            "effect",
            target="ratio",
            weight="weight",
            per="contrast",
            rows="contrast",
        ),
        *OUTCOMES_OF_RESIDUALS,
        formula(
            "r_loss",
            r_loss_of_contrast,
            y="y",
            w="w",
            variant="variant",
            outcome="outcome_model",
            share="share",
            effect="treatment_model",
        ),
    ),
    effect=Ref("treatment_model"),
    outcome=Ref("outcome"),
    score=Ref("aipw_score"),
    scores_two_variants_only=True,
    losses=("r_loss",),
)
