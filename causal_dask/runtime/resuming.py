"""What is left of a run that was cut short, and how to go on: in words, for people."""

from __future__ import annotations

from causal_dask.graph.plan import Plan
from causal_dask.runtime.care import store_of


def how_to_resume(plan: Plan) -> str:
    """What to do to repeat only what had not finished."""
    store = store_of(plan)
    if store is None:
        return (
            "Nothing of this run is kept. With fit(..., store='folder') the fits that finish are, "
            "and a second run repeats only the others."
        )
    return (
        f"The fits that had finished are kept in the store {store.folder}. Run the same again with "
        "this store: it repeats only the others, and the result is that of an undisturbed run."
    )
