"""PW-learner (Curth & van der Schaar 2021, sec. 3): regress the propensity-weighted outcome."""

from causal_dask.formulas.weighted_outcome import propensity_weighted
from causal_dask.learners.shared import PROPENSITY, SHARE
from causal_dask.spec import Learner, Model, Ref, formula

PW = Learner(
    name="PW",
    steps=(
        PROPENSITY,
        SHARE,
        formula(
            "weighted_outcome", propensity_weighted, y="y", w="w", variant="variant", share="share"
        ),
        Model("treatment_model", "effect", "weighted_outcome", per="contrast", rows="contrast"),
    ),
    effect=Ref("treatment_model"),
)
