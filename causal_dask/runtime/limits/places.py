"""See to it that tasks find the resources that they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import dask

from causal_dask.errors import InvalidInput
from causal_dask.plans.caps import chain_tasks
from causal_dask.plans.execution import Alteration
from causal_dask.plans.places import Place
from causal_dask.plans.plan import Plan
from causal_dask.runtime.threads import is_a_cluster

HERE = "distributed.worker.resources"
"""Dask's setting for the resources of a worker; also of this machine, where there is none."""


def with_places(plan: Plan, schedule: Callable[..., Any]) -> Plan:
    """The plan whose tasks wait for resources, on workers that have them or on this machine.

    Raises
    ------
    InvalidInput
        If no worker of a cluster has what the user asks for: tasks would wait for ever.
    """
    places = {key: place for key, place in plan.places.items() if key in plan.waiting}
    if not places:
        return plan
    if not is_a_cluster(schedule):
        return _in_lanes(plan.replaced(places={}), places)
    workers = schedule.__self__.scheduler_info()["workers"].values()  # type: ignore[attr-defined]
    offers = [dict(worker.get("resources") or {}) for worker in workers]
    there = {key: place for key, place in places.items() if _is_offered(place, offers)}
    for key in places.keys() - there.keys():
        if offers and places[key].asked:  # without workers, those that come later may have it
            raise InvalidInput(_missing(plan, key, places[key], offers))
    found = {key: replace(place, asked=True) for key, place in there.items()}
    waited = {key: place for key, place in places.items() if place.asked}
    return plan.replaced(places=found | waited)


def _is_offered(place: Place, offers: list[dict[str, float]]) -> bool:
    return any(
        all(offer.get(name, 0) >= amount for name, amount in place.resources.items())
        for offer in offers
    )


def _missing(plan: Plan, key: str, place: Place, offers: list[dict[str, float]]) -> str:
    found = [offer for n, offer in enumerate(offers) if offer not in offers[:n]]
    named = " ".join(f"{name}={amount:g}" for name, amount in place.resources.items())
    return (
        f"'resources' asks for {dict(place.resources)} for {plan.labels[key]}, and no worker has "
        f"it. Start some with: dask worker --resources '{named}'. The workers have {found}."
    )


def _in_lanes(plan: Plan, places: Mapping[str, Place]) -> Plan:
    """The plan in which tasks wait for those before them that take the same resource.

    Dask's local schedulers know no resources. This machine has one of each unless it is told more.
    """
    here: Mapping[str, float] = dask.config.get(HERE, None) or {}
    needing: dict[tuple[str, float], list[str]] = defaultdict(list)
    for key in plan.waits:
        for name, amount in places[key].resources.items() if key in places else ():
            needing[name, amount].append(key)
    altered = dict(plan.execution.alterations)
    for (name, amount), keys in needing.items():
        n_lanes = max(int(here.get(name, amount) // amount), 1)
        for key, waited in chain_tasks(keys, n_lanes).items():
            how = altered.get(key, Alteration())
            altered[key] = replace(how, after=(*how.after, *waited))
    return plan.altered(altered)
