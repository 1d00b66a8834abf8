"""U-learner (Künzel et al. 2019, suppl.; Nie & Wager 2021, sec. 3): regress the residuals' ratio.

The R-learner without its weights: simpler, and unstable where a propensity is near 0 or 1.
"""

from causal_dask.learners.residual_steps import CONTRAST_OUTCOME, OUTCOMES_OF_RESIDUALS, RATIO
from causal_dask.learners.shared import PROPENSITY, SHARE
from causal_dask.spec import Learner, Model, Ref

U = Learner(
    name="U",
    steps=(
        PROPENSITY,
        CONTRAST_OUTCOME,
        SHARE,
        RATIO,
        Model("treatment_model", "effect", target="ratio", per="contrast", rows="contrast"),
        *OUTCOMES_OF_RESIDUALS,
    ),
    effect=Ref("treatment_model"),
    outcome=Ref("outcome"),
    score=Ref("aipw_score"),
    scores_two_variants_only=True,
)
