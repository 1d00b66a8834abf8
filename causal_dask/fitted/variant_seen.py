"""Tells of a model that should see the variant as a feature, and does not."""

from __future__ import annotations

import warnings

from causal_dask.errors import CausalDaskWarning
from causal_dask.spec.learner import Learner
from causal_dask.tasks.rows import Array


def warn_if_variant_is_not_seen(learner: Learner, effects: Array) -> None:
    """Warn if a model with the variant as a feature predicts the same under all variants.

    A pipeline that chooses its columns, or a selector, may have dropped the feature.
    """
    kinds = [model.name for model in learner.models if model.variant_as_feature]
    if kinds and effects.size and not effects.any():
        warnings.warn(
            f"All effects are exactly 0: the {kinds[0]} predicts the same under every variant. "
            "Either it never sees the variant, which is the last column that it gets, as where a "
            "pipeline chooses columns by name; or it makes no use of it. Let the model pass on "
            "columns that it does not name (remainder='passthrough'), or use TLearner.",
            CausalDaskWarning,
            stacklevel=3,
        )
