"""Finished fits by name, so that a question does not compile all that they were fitted to."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from causal_dask.graph.node import Node, Source
from causal_dask.graph.note import FitKeys, FitName
from causal_dask.tasks.models import fit


class KnownFits:
    """The finished fits of each repeat: those that the plan, or a question before, has met."""

    def __init__(self) -> None:
        self.of_repeats: dict[int, dict[FitName, Source]] = {}

    def remember(self, repeats: Iterable[FitKeys], finished: Collection[str]) -> None:
        """Know these fits from now on, of each repeat, if they have finished."""
        for repeat, keys in enumerate(repeats):
            known = self.of_repeats.setdefault(repeat, {})
            for name, key in keys.items():
                if name not in known and key in finished:
                    # what it calls and reads is not needed: it has been called
                    known[name] = Node(key, fit, {}, {})

    def of(self, repeat: int) -> dict[FitName, Source]:
        """The finished fits of a repeat, by name."""
        return dict(self.of_repeats.get(repeat, {}))
