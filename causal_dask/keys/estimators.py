"""The fingerprints of estimators, by class and parameters, and of other unregistered objects."""

from __future__ import annotations

from typing import Any

import narwhals as nw
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from causal_dask.keys.content import content_of, of_pickle, type_identity
from causal_dask.keys.hashing import digest

EXECUTION_PARAMETERS = frozenset(
    {"n_jobs", "nthread", "num_threads", "thread_count", "n_threads", "verbose", "verbosity"}
)
"""Parameters that say how a model runs, not what it computes."""


@content_of.register(object)
def _of_object(value: Any) -> str:
    """By columns if it is a frame, by parameters if it is an estimator, else by its pickle."""
    frame = nw.from_native(value, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        return content_of(frame)
    if hasattr(value, "get_params") and not _keeps_state(value):
        parameters = content_of(content_parameters(value))
        return digest("estimator", *type_identity(type(value)), parameters)
    return of_pickle(value)


def content_parameters(estimator: Any) -> dict[str, Any]:
    """The parameters that decide what ``estimator`` computes."""
    parameters = estimator.get_params(deep=False)
    return {name: parameters[name] for name in parameters if name not in EXECUTION_PARAMETERS}


def _keeps_state(value: Any) -> bool:
    """Whether an estimator is more than its parameters: fitted, or kept by ``clone`` as it is."""
    own = getattr(type(value), "__sklearn_clone__", None)
    if own is not None and own is not getattr(BaseEstimator, "__sklearn_clone__", None):
        return True  # such as FrozenEstimator, which clones with its fitted model
    try:
        check_is_fitted(value)
    except (NotFittedError, TypeError, AttributeError):
        return False
    # check_is_fitted passes stateless estimators too; those are still only their parameters.
    return hasattr(value, "__sklearn_is_fitted__") or any(
        name.endswith("_") and not name.startswith("_") for name in vars(value)
    )
