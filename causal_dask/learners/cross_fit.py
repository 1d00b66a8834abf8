"""A single cross-fitted model, as a declaration: what ``CrossFitEstimator`` compiles."""

from causal_dask.spec import Learner, Model, Ref

CROSS_FIT = Learner(
    name="cross-fit",
    steps=(Model("estimator", role="outcome", target="y"),),
    effect=Ref("estimator"),
    outcome=Ref("estimator"),
    outcomes=frozenset({"regression", "binary", "multiclass"}),
)
