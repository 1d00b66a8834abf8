"""Caps on width, as extra edges: some tasks wait for others that they do not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from causal_dask.graph.node import Node, Source
from causal_dask.graph.note import Notes
from causal_dask.graph.walk import fold

After = dict[str, tuple[str, ...]]
"""The keys of the tasks that must end before a task may start."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many models may be fitted at once, and how many fits of one model; None is any number."""

    models: int | None = None
    fits: int | None = None


NO_CAPS = Caps()


def lanes(models: Sequence[Sequence[str]], caps: Caps) -> After:
    """What the fits of some models wait for under the caps.

    A model's fits form as many chains as its cap allows. Models share as many lanes as their cap
    allows: in a lane, a model starts when the last fits of the model before it have ended. The
    models must come in an order in which none reads a later one, or tasks would wait in a circle.
    """
    after: dict[str, list[str]] = {key: [] for fits in models for key in fits}
    for fits in models:
        for later, earlier in chain_tasks(fits, caps.fits or len(fits)).items():
            after[later] += earlier
    n_lanes = caps.models or len(models)
    for lane in (models[index::n_lanes] for index in range(min(n_lanes, len(models)))):
        for earlier_fits, later_fits in pairwise(lane):
            last = earlier_fits[-(caps.fits or len(earlier_fits)) :]
            for key in later_fits[: caps.fits or len(later_fits)]:
                after[key] += last
    return {key: tuple(waited) for key, waited in after.items() if waited}


def chain_tasks(keys: Sequence[str], n_chains: int) -> After:
    """What tasks wait for if at most ``n_chains`` of them may run at once."""
    return {later: (earlier,) for earlier, later in zip(keys, keys[n_chains:], strict=False)}


def models_of(outputs: Sequence[Source], fits: Sequence[Node], notes: Notes) -> list[list[str]]:
    """The fits of each model, first the models that need no other fit."""
    by_model: dict[str, list[str]] = {}
    for fit in fits:
        by_model.setdefault(notes[fit.key].label.group, []).append(fit.key)
    keys = {fit.key for fit in fits}
    levels = fold(outputs, lambda source, below: max(below, default=0) + (source.key in keys))
    return sorted(by_model.values(), key=lambda of_one: max(levels[key] for key in of_one))
