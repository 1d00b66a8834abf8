"""Whether a question can be answered by what a fitted learner has."""

from __future__ import annotations

from causal_dask.errors import NotFitted
from causal_dask.graph.node import Data, Node
from causal_dask.plans.plan import Plan
from causal_dask.tasks.models import fit


def check_no_fits(plan: Plan) -> None:
    """Raise if an answer would need a model that this learner lacks, or the covariates."""
    for key, source in plan.nodes.items():
        lacks_fit = isinstance(source, Node) and source.run is fit and key not in plan.known
        lacks_data = isinstance(source, Data) and source.value is None
        if lacks_fit or lacks_data:
            what = f"the fit {plan.labels[key]!s}" if lacks_fit else "the training covariates"
            raise NotFitted(
                f"This needs {what}, which this learner does not have: a stage is missing "
                "(fit_all_treatment), a fit failed, or keep_models=False. Call fit; what has "
                "finished is not repeated."
            )
