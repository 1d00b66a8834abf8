"""A graph of nodes as a Dask collection."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import dask.threaded
import pandas as pd
from dask.base import DaskMethodsMixin
from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

from causal_dask.errors import InvalidInput
from causal_dask.graph.label import Label
from causal_dask.graph.node import Node, Source, pause_garbage_collection
from causal_dask.graph.note import Notes
from causal_dask.graph.walk import visit
from causal_dask.keys.hashing import digest
from causal_dask.plans.costs import NOTHING_MEASURED, Measured, costs, measured_in
from causal_dask.plans.dask_layer import Layer, is_remote
from causal_dask.plans.describe import Description, Facts, describe, merge
from causal_dask.plans.draw import as_dot, as_svg, as_text
from causal_dask.plans.execution import Execution, execution_keys, waits
from causal_dask.plans.priorities import Waits, path_lengths

Results = dict[str, Any]


Finish = Callable[[Results], Any]


DRAWINGS = {".txt": as_text, ".dot": as_dot, ".svg": as_svg}


@dataclass(frozen=True, eq=False, repr=False)
class Plan(DaskMethodsMixin):
    """Work that has not been done yet, as a Dask collection.

    Works with ``dask.compute``, ``dask.persist``, ``client.compute`` and ``client.persist``, alone
    or with other plans: nodes that compute the same are run once.

    Attributes
    ----------
    outputs : tuple of nodes
        What is computed.
    finish : callable
        Makes the result from a mapping of the outputs' keys to their values.
    known : mapping
        Results that are already there, by key: values, or futures of a cluster.
    notes : mapping
        What is known of the nodes, by key: their labels, rows, threads, a guess at their seconds.
    measured : Measured
        Seconds that nodes like these took before; they go before guesses.
    owner : str
        What the result is besides the outputs' values: plans that differ only in it are two plans.
    models : tuple
        Unfitted models of the classes that workers must be able to import.
    """

    outputs: tuple[Source, ...]
    finish: Finish = field(repr=False)
    execution: Execution = field(default=Execution(), repr=False)
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    notes: Notes = field(default_factory=dict, repr=False)
    measured: Measured = field(default=NOTHING_MEASURED, repr=False)
    owner: str = field(default="", repr=False)
    models: tuple[Any, ...] = field(default=(), repr=False)

    __dask_scheduler__ = staticmethod(dask.threaded.get)

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
        """What to run first, by the key it runs under: the longest way to the end, in seconds."""
        lengths = path_lengths(self.waits, self.seconds)
        return {self.keys[key]: length for key, length in lengths.items()}

    @cached_property
    def seconds(self) -> dict[str, float]:
        """What each node may take, by what is known to this plan."""
        return self.costs(self.measured)

    def costs(self, measured: Measured) -> dict[str, float]:
        """Seconds of each node: measured before, or guessed; none of what is already there."""
        names = {key: _call(source) for key, source in self.nodes.items()}
        found = costs(names, self.notes, measured)
        return found | dict.fromkeys(self.nodes.keys() - self.waiting, 0.0)

    @cached_property
    def name(self) -> str:
        """The plan's own key, from the keys of all its tasks."""
        return "plan-" + digest(
            self.owner, *self.keys.values(), "outputs", *map(str, self.__dask_keys__())
        )

    def __dask_graph__(self) -> HighLevelGraph:
        with pause_garbage_collection():
            layer = Layer(self.nodes, self.keys, self.execution, self.known).entries()
            order = partial(_priority, self.priorities)
        mapped = MaterializedLayer(layer, annotations={"priority": order})
        return HighLevelGraph({self.name: mapped}, {self.name: set()})

    def __dask_keys__(self) -> list[Hashable]:
        return [self.keys[source.key] for source in self.outputs]

    def __dask_layers__(self) -> tuple[str]:
        return (self.name,)

    def __dask_tokenize__(self) -> Hashable:
        return self.name

    @property
    def __dask_optimize__(self) -> Callable[..., HighLevelGraph]:
        """None, but each plan's own: Dask (2026.8) puts the results of collections with one
        optimizer side by side, and so returns those of plan, array, plan in a wrong order.
        """
        return partial(_as_it_is)

    def __dask_postcompute__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # bound, not passed as arguments, among which Dask may take the keys for tasks
        return partial(_finish, keys=self.output_keys, finish=self.finish), ()

    def __dask_postpersist__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._with_persisted, ()

    @property
    def output_keys(self) -> tuple[str, ...]:
        """What the outputs compute, in their order."""
        return tuple(source.key for source in self.outputs)

    @property
    def result(self) -> Any:
        """The result of a persisted plan, with its parts left where they are.

        Raises
        ------
        InvalidInput
            If some output has not been computed or persisted.
        """
        missing = [key for key in self.output_keys if key not in self.known]
        if missing:
            raise InvalidInput(
                f"{len(missing)} of the plan's {len(self.outputs)} outputs are not there yet: "
                "use the plan that persist() returns."
            )
        return self.finish({key: self.known[key] for key in self.output_keys})

    def count(self, function: str) -> int:
        """How many of the plan's tasks call the function of this name.

        Parameters
        ----------
        function : str
            For instance ``fit`` or ``predict``.

        Returns
        -------
        int
        """
        return self._calls[function]

    def describe(
        self,
        *others: Plan,
        timings: pd.DataFrame | None = None,
        workers: Sequence[int] | None = None,
    ) -> Description:
        """Say what the plan will do: fits by model, width, the longest way, time by workers.

        Parameters
        ----------
        *others : Plan
            Plans that will be computed together with this one; what they share is run once.
        timings : DataFrame, optional
            ``timings_`` of a learner fitted before, for instance to a sample: its seconds per row
            give the costs. Left out: those of this learner, if it was fitted, else guesses.
        workers : list of int, optional
            Numbers of workers to predict for; left out: 1, 2, 4 and so on.

        Returns
        -------
        Description
        """
        measured = None if timings is None else measured_in(timings)
        return describe(merge([plan.facts(measured) for plan in (self, *others)]), workers)

    def facts(self, measured: Measured | None = None) -> Facts:
        """What a description of the plan is made from, given what nodes took before."""
        return Facts(
            waits={k: self.waits[k] for k in self.waits if k in self.waiting},
            notes=self.notes,
            costs=self.seconds if measured is None else self.costs(measured),
            is_measured=bool((measured or self.measured).seconds),
        )

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self._calls.most_common(3))
        return f"<Plan: {self._calls.total()} tasks, of which {counts}>"

    @cached_property
    def _calls(self) -> Counter[str]:
        return Counter(_call(self.nodes[key]) for key in self.waiting)

    def visualize(self, filename: str | Path = "plan.svg", **_: object) -> Path:  # type: ignore[override]
        """Draw the plan into a file: ``.svg``, ``.dot`` (Graphviz) or ``.txt``, by its ending.

        Parameters
        ----------
        filename : str or Path, default "plan.svg"
            Where to. In the SVG, nodes that differ only in their fold share a box.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        InvalidInput
            If the file's ending is none of the three.
        """
        path = Path(filename)
        if path.suffix not in DRAWINGS:
            endings = ", ".join(DRAWINGS)
            raise InvalidInput(
                f"The 'filename' of a drawn plan must end in one of {endings}. Got {path.name!r}."
            )
        path.write_text(self._draw(path.suffix), encoding="utf-8")
        return path

    def _draw(self, ending: str) -> str:
        """The plan in the language of files that end so."""
        if ending == ".svg":
            kinds = {key: note.kind for key, note in self.notes.items()}
            return as_svg(self.nodes, self.labels, kinds)
        return DRAWINGS[ending](self.nodes, self.labels)

    def _with_persisted(self, graph: Mapping[str, Any], rename: object = None) -> Plan:
        """The same plan whose outputs are what Dask has persisted."""
        del rename
        there = zip(self.output_keys, map(str, self.__dask_keys__()), strict=True)
        return replace(self, known={**self.known, **{key: graph[run_as] for key, run_as in there}})


def _priority(priorities: Mapping[Hashable, float], key: Hashable) -> float:
    """A task's priority; whatever waits for others only is as urgent as can be."""
    return priorities.get(key, sys.float_info.max)


def _call(source: Source) -> str:
    return source.name if isinstance(source, Node) else ""


def _is_to_run(source: Source, known: Mapping[str, Any]) -> bool:
    return isinstance(source, Node) and source.key not in known


def _as_it_is(graph: HighLevelGraph, keys: object, **_: object) -> HighLevelGraph:
    """The graph itself: there is nothing that Dask could leave out or join."""
    del keys
    return graph


def _entry_key(key: str, value: Any) -> str:
    """What a known result is called in the graph: a value here is not the call that gave it."""
    return str(value.key) if is_remote(value) else f"{key}-known"


def _finish(values: Sequence[Any], keys: Sequence[str], finish: Finish) -> Any:
    """The plan's result, from the outputs' values in their order."""
    return finish(dict(zip(keys, values, strict=True)))
