"""The nodes that a plan runs, and what follows: their keys, order, seconds and priorities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from causal_dask.graph.label import Label
from causal_dask.graph.node import Node, Source
from causal_dask.graph.note import FitKeys, Notes
from causal_dask.graph.walk import visit
from causal_dask.plans.costs import NOTHING_MEASURED, Measured, costs
from causal_dask.plans.dask_layer import is_remote
from causal_dask.plans.describe import Facts, Questions
from causal_dask.plans.execution import Alteration, Execution, execution_keys, waits
from causal_dask.plans.memory import size_of_data
from causal_dask.plans.places import Places
from causal_dask.plans.priorities import Waits, path_lengths

Results = dict[str, Any]


Finish = Callable[[Results], Any]


GRAPH = {"outputs", "known"}


DEPENDS_ON = {
    "nodes": GRAPH,
    "waiting": GRAPH,
    "waits": GRAPH | {"execution"},
    "keys": GRAPH | {"execution"},
    "seconds": GRAPH | {"notes", "measured"},
}
"""The fields on which attributes that take a walk over the graph depend."""


@dataclass(frozen=True, eq=False, repr=False)
class Workload:
    """The nodes below some outputs, and how they run. ``Plan`` describes the fields."""

    outputs: tuple[Source, ...]
    finish: Finish = field(repr=False)
    execution: Execution = field(default=Execution(), repr=False)
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    notes: Notes = field(default_factory=dict, repr=False)
    measured: Measured = field(default=NOTHING_MEASURED, repr=False)
    owner: str = field(default="", repr=False)
    models: tuple[Any, ...] = field(default=(), repr=False)
    questions: Callable[[], Questions] = field(default=dict, repr=False)
    places: Places = field(default_factory=dict, repr=False)
    fits: tuple[FitKeys, ...] = field(default=(), repr=False)

    @cached_property
    def nodes(self) -> dict[str, Source]:
        """Every node that has to be run or read, by key, reads before readers."""
        return visit(self.outputs, stop_at=self.known)

    @cached_property
    def labels(self) -> dict[str, Label]:
        """What the nodes are called, by key."""
        return {key: note.label for key, note in self.notes.items()}

    @cached_property
    def waiting(self) -> set[str]:
        """The keys of the nodes that have to be run."""
        return {key for key, source in self.nodes.items() if _is_to_run(source, self.known)}

    @cached_property
    def waits(self) -> Waits:
        """What each node waits for, by key: what it reads, and what a cap puts before it."""
        return waits(self.nodes, self.execution, self.known)

    @cached_property
    def keys(self) -> dict[str, str]:
        """The key under which each node runs, by the key that says what it computes."""
        known = {key: _entry_key(key, self.known[key]) for key in self.nodes if key in self.known}
        return execution_keys(self.waits, self.execution, known)

    @cached_property
    def priorities(self) -> dict[Hashable, float]:
        """What to run first, by the key it runs under: seconds of the longest path to the end."""
        lengths = path_lengths(self.waits, self.seconds)
        return {self.keys[key]: length for key, length in lengths.items()}

    @cached_property
    def seconds(self) -> dict[str, float]:
        """The seconds that each node may take, by what this plan has measured."""
        return self.costs(self.measured)

    def costs(self, measured: Measured) -> dict[str, float]:
        """Seconds of each node: measured before, or guessed; 0 for what is already there."""
        names = {key: _call(source) for key, source in self.nodes.items()}
        found = costs(names, self.notes, measured)
        return found | dict.fromkeys(self.nodes.keys() - self.waiting, 0.0)

    def replaced(self, **fields: Any) -> Self:
        """The same with other fields; what these do not change is not found out again."""
        made = replace(self, **fields)
        for name, of in DEPENDS_ON.items():
            if name in vars(self) and not of & fields.keys():
                vars(made)[name] = vars(self)[name]
        return made

    def altered(self, alterations: Mapping[str, Alteration]) -> Self:
        """The same with other alterations of its nodes."""
        if alterations == self.execution.alterations:
            return self
        return self.replaced(execution=replace(self.execution, alterations=alterations))

    @property
    def output_keys(self) -> tuple[str, ...]:
        """What the outputs compute, in their order."""
        return tuple(source.key for source in self.outputs)

    def facts(self, measured: Measured | None = None) -> Facts:
        """What a description of the plan is made from, given what nodes took before."""
        return Facts(
            waits={k: self.waits[k] for k in self.waits if k in self.waiting},
            notes=self.notes,
            costs=self.seconds if measured is None else self.costs(measured),
            is_measured=bool((measured or self.measured).seconds),
            questions=self._answered(),
            size_of_data=size_of_data(self.nodes),
        )

    def _answered(self) -> Questions:
        """The fits of each question that this plan answers: all of them are in it, or known."""
        there = self.nodes.keys() | self.known.keys()
        return {name: keys for name, keys in self.questions().items() if keys <= there}

    @cached_property
    def _calls(self) -> Counter[str]:
        return Counter(_call(self.nodes[key]) for key in self.waiting)


def _call(source: Source) -> str:
    return source.name if isinstance(source, Node) else ""


def _is_to_run(source: Source, known: Mapping[str, Any]) -> bool:
    return isinstance(source, Node) and source.key not in known


def _entry_key(key: str, value: Any) -> str:
    """The key of a known result in the graph: a value here is not the call that gave it."""
    return str(value.key) if is_remote(value) else f"{key}-known"
