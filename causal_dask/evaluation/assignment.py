"""The variants and propensities of a fitted learner's training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.fitted.fitted import Fitted
from causal_dask.formulas.propensities import inverse_weights
from causal_dask.study.tables.columns_of_fit import as_in_fit
from causal_dask.study.tables.table import table_here
from causal_dask.tasks.rows import Array


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """The variants of n rows, their propensities (n, K), and the rows' own weights."""

    variants: tuple[Any, ...]
    w: Array
    propensities: Array
    clipping_threshold: float
    sample_weight: Array

    @property
    def weights(self) -> Array:
        """The rows' own weights over the clipped propensity of the variant that they received."""
        return self.sample_weight * inverse_weights(
            self.propensities, self.w, self.clipping_threshold
        )

    @property
    def bounds(self) -> tuple[float, float]:
        """Where propensities are clipped."""
        return self.clipping_threshold, 1 - self.clipping_threshold


def assignment_of(learner: MetaLearner, X: Any = None) -> Assignment:
    """The assignment that a learner was fitted to; raises without one, or if ``X`` is others."""
    fitted = fitted_state(learner)
    check_training_rows(learner, X)
    if not fitted.learner.has_propensities:
        raise InvalidInput(
            f"{type(learner).__name__} has no propensity model, so it knows nothing of overlap. "
            "Use XLearner, RLearner or DRLearner."
        )
    weight = fitted.training_weights()
    return Assignment(
        variants=fitted.prepared.variants,
        w=learner.treatments_,
        propensities=learner.propensity_scores(),
        clipping_threshold=fitted.study.options["clipping_threshold"],
        sample_weight=np.ones(len(learner.treatments_)) if weight is None else weight,
    )


def check_training_rows(learner: MetaLearner, X: Any) -> None:
    """Raise if rows are given and are not those that the learner was fitted to."""
    if X is not None:
        training_table(learner, X)


def training_table(learner: MetaLearner, X: Any) -> Any:
    """The content of ``X``; raises unless it is the training data of the learner."""
    fitted = fitted_state(learner)
    table = as_in_fit(table_here(X), fitted.prepared.columns)
    if table.node.key != fitted.study.X.key:
        raise InvalidInput(
            f"'X' is not the data of fit of this {type(learner).__name__}, row for row. Pass the "
            "'X' of fit."
        )
    return table.content


def fitted_state(learner: Any) -> Fitted:
    """The fitted state of a learner; raises if it is not a learner, or not fitted."""
    if not isinstance(learner, MetaLearner):
        raise InvalidType(f"'learner' must be a fitted metalearner. Got {type(learner).__name__}.")
    return learner._fitted_state()  # noqa: SLF001 - of this package
