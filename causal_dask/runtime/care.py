"""What a fit does so that no work is lost: keep what has finished, try again what has failed."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import dask
from dask.base import get_annotations

from causal_dask.errors import InvalidInput
from causal_dask.graph.plan import Plan
from causal_dask.runtime.perform import Performer
from causal_dask.runtime.store import Store

STORE = "causal_dask.store"
"""The setting of Dask's that names the store of all fits."""


@dataclass(frozen=True, slots=True)
class Care:
    """Where finished fits are kept, and how often a failed one is tried again."""

    store: Store | None = None
    retries: int = 0


NO_CARE = Care()


def care_for(store: Any, retries: Any) -> Care:
    """What two arguments of ``fit`` ask for, or Dask's settings and annotations in their place."""
    folder = dask.config.get(STORE, None) if store is None else store
    return Care(None if folder is None else Store(folder), _checked(retries) or _annotated())


def store_of(plan: Plan) -> Store | None:
    """The store that a plan's fits are kept in."""
    performers = (how.perform for how in plan.execution.alterations.values())
    stores = (each.store for each in performers if isinstance(each, Performer))
    return next((store for store in stores if store is not None), None)


def _checked(retries: Any) -> int:
    whole = isinstance(retries, Integral) and not isinstance(retries, bool)
    if whole and retries >= 0:
        return int(retries)
    raise InvalidInput(
        "'retries' says how often a fit that raises is tried again: a whole number of 0 or more. "
        f"Got {retries!r}."
    )


def _annotated() -> int:
    """The retries of ``dask.annotate``, unless they are different for different tasks."""
    retries = get_annotations().get("retries", 0)
    return retries if isinstance(retries, int) else 0
