"""Refuses questions that need models a learner lacks; warns of answers that look wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from causal_dask.compile.asked import fits_needed
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import CausalDaskWarning, InvalidInput, NotFitted, TrainingRows, warn
from causal_dask.graph.node import Data, Node
from causal_dask.plans.plan import Plan
from causal_dask.spec.learner import Learner
from causal_dask.tasks.models import fit
from causal_dask.tasks.rows import Array


def check_no_fits(plan: Plan, compilers: Sequence[Compiler] = ()) -> None:
    """Raise if an answer would need a model that this learner lacks, or the covariates.

    ``compilers`` are the learner's, to tell which 'answers' have the models.
    """
    new = {key: source for key, source in plan.nodes.items() if key not in plan.known}
    fits = [key for key, each in new.items() if isinstance(each, Node) and each.run is fit]
    if fits:
        needed = fits_needed(compilers) if compilers else {}
        having = [answer for answer, keys in needed.items() if keys.issuperset(fits)]
        raise lacking(f"the fit {plan.labels[fits[0]]!s}", having)
    if any(isinstance(each, Data) and each.value is None for each in plan.nodes.values()):
        raise lacking("the training covariates")


def lacking(what: str, having: Sequence[str] = ()) -> NotFitted:
    """The error of a question that needs what a learner lacks; ``having`` are answers with it."""
    without = f"'answers' without {' or '.join(map(repr, having))}" if having else "other 'answers'"
    return NotFitted(
        f"This needs {what}, which this learner does not have: a stage is missing "
        f"(fit_all_treatment), a fit failed, fit was asked for {without}, or "
        "keep_models=False. Call fit; what has finished is not repeated."
    )


def warn_if_variant_is_not_seen(learner: Learner, effects: Array) -> None:
    """Warn if a model with the variant as a feature predicts the same under all variants.

    A pipeline that chooses its columns, or a selector, may have dropped the feature.
    """
    kinds = [model.name for model in learner.models if model.variant_as_feature]
    if kinds and effects.size and not effects.any():
        warn(
            f"All effects are exactly 0: the {kinds[0]} predicts the same under every variant. "
            "Either it never sees the variant, which is the last column that it gets, as where a "
            "pipeline chooses columns by name; or it makes no use of it. Let the model pass on "
            "columns that it does not name (remainder='passthrough'), or use TLearner.",
            CausalDaskWarning,
        )


def warn_of_seen_rows(seen: int, n_rows: int, *, in_sample: bool) -> None:
    """Warn that some of the rows to predict were in the training data."""
    message = (
        f"{seen:,} of the {n_rows:,} rows of 'X' were in the training data, so the models "
        "that predict them have seen them. For cross-fitted predictions pass the whole "
        "training data; to silence this, pass is_oos=True."
    )
    if in_sample:
        message = (
            f"All {n_rows:,} rows were in the training data and n_folds=1: these are "
            "in-sample predictions, which look better than they are."
        )
    warn(message, TrainingRows)


def some_numbers(given: Any) -> Array:
    """Numbers in one dimension; NaN, which no check lets through, for what is none."""
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([np.nan])
    return values if values.ndim == 1 and len(values) else np.array([np.nan])


def whole_number(value: Any, name: str, least: int) -> int:
    """A whole number of at least so much."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
        raise InvalidInput(f"'{name}' must be a whole number of {least} or more. Got {value!r}.")
    return int(value)
