"""S-learner (Künzel et al. 2019, sec. 2): one outcome model that sees the variant as a feature."""

from causal_dask.formulas.outcomes import difference
from causal_dask.spec import Learner, Model, Ref, control, formula, treated

S = Learner(
    name="S",
    steps=(
        Model("base_model", role="outcome", target="y", variant_as_feature=True),
        formula("effect", difference, treated=treated("base_model"), control=control("base_model")),
    ),
    effect=Ref("effect"),
    outcome=Ref("base_model"),
    outcomes=frozenset({"regression", "binary", "multiclass"}),
)
