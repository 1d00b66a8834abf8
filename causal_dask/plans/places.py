"""Where tasks may run: on workers that have the resources which they need."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """The resources that a task takes of its worker, in Dask's sense: names and amounts.

    Those that the user has ``asked`` for must be there; others are taken where a worker has them.
    """

    resources: Mapping[str, float]
    asked: bool = True


Places = Mapping[str, Place]
"""The places of nodes, by key; nodes without one run anywhere."""


def annotation(places: Places, keys: Mapping[str, str]) -> dict[str, Any]:
    """What tells Dask where the tasks of some nodes may run; ``keys`` are those they run under.

    Only places that are asked for: Dask would wait for ever for a resource that no worker has.
    """
    needed: dict[Hashable, dict[str, float]] = {
        keys[key]: dict(each.resources)
        for key, each in places.items()
        if each.asked and key in keys
    }
    return {"resources": partial(_of, needed)} if needed else {}


def _of(needed: Mapping[Hashable, dict[str, float]], key: Hashable) -> dict[str, float] | None:
    """The resources of a task; None of one that needs none."""
    return needed.get(key)
