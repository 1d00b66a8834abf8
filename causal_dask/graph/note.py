"""What is known of a node besides what it computes: one note each. No part of any key."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from causal_dask.graph.label import Label


class Kind(enum.Enum):
    """What a node does, as far as a plan cares."""

    FIT = "fits a model"
    PREDICTION = "predicts with a model"
    OTHER = "anything else"


class ThreadCounts(tuple[tuple[str, int], ...]):
    """Parameters of a model and the number of threads that each is set to; -1 takes all."""

    __slots__ = ()

    @property
    def most(self) -> int:
        """The largest count; -1, which takes all, if any count is below one."""
        counts = [count for _, count in self] or [1]
        return -1 if min(counts) < 1 else max(counts)

    def with_threads(self, count: int) -> ThreadCounts:
        """The same parameters, each set to ``count``."""
        return ThreadCounts((name, count) for name, _ in self)


@dataclass(frozen=True, slots=True)
class Threads:
    """The threads of a node's model: as many as the user has set, or one.

    ``arguments`` pass them to the function. A node that ``can_widen`` can use threads that would
    idle; ``wide_arguments`` then pass those. ``curve`` names how much they gain, of models that
    give the same bits with any number.
    """

    count: int = 1
    arguments: Mapping[str, ThreadCounts] = field(default_factory=dict)
    can_widen: bool = False
    wide_arguments: Mapping[str, ThreadCounts] = field(default_factory=dict)
    curve: str = ""

    def widen(self, count: int) -> dict[str, ThreadCounts]:
        """Make the arguments of a node that gets ``count`` threads."""
        return {word: counts.with_threads(count) for word, counts in self.wide_arguments.items()}


@dataclass(frozen=True, slots=True)
class Work:
    """The rows of a fit or a prediction, a guess at its seconds on one thread, and at its bytes.

    ``size`` is what a fit takes at its peak beyond the data that it reads.
    """

    rows: int
    guess: float
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Note:
    """What one node does, is called, costs, and how many threads its model takes.

    ``model`` is the kind of the model that it fits or asks, which may be ``on_gpu``.
    """

    label: Label
    kind: Kind = Kind.OTHER
    work: Work | None = None
    threads: Threads = Threads()
    on_all_rows: bool = False
    model: str = ""
    on_gpu: bool = False


Notes = Mapping[str, Note]
"""The notes of nodes, by key."""

NO_NOTE = Note(Label(""))

FitName = tuple[str, int | None, tuple[int, ...]]
"""The kind of a fit's model, the variant that owns it, and the folds that it leaves out."""

FitKeys = Mapping[FitName, str]
"""The keys of the fits of one repeat."""


def join_notes(several: Iterable[Notes]) -> dict[str, Note]:
    """Join the notes of several graphs; the first note of a node counts."""
    found: dict[str, Note] = {}
    for notes in several:
        for key, note in notes.items():
            found.setdefault(key, note)
    return found
