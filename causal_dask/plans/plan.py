"""A graph of nodes as a Dask collection."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import dask.threaded
import pandas as pd
from dask.base import DaskMethodsMixin
from dask.highlevelgraph import HighLevelGraph, MaterializedLayer

from causal_dask.display import as_html
from causal_dask.errors import InvalidInput
from causal_dask.graph.node import building_nodes
from causal_dask.keys.hashing import digest
from causal_dask.plans.costs import read_timings
from causal_dask.plans.dask_layer import Layer
from causal_dask.plans.describe import Description, describe, merge
from causal_dask.plans.draw import Drawing, as_dot, as_svg, as_text
from causal_dask.plans.places import annotation
from causal_dask.plans.workload import Finish, Workload

MOST_DRAWN = 5_000
"""Plans of more nodes are too much for a cell of a notebook: it shows their numbers instead."""

DRAWINGS = {".txt": as_text, ".dot": as_dot, ".svg": as_svg}


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Workload, DaskMethodsMixin):
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
        Seconds that nodes like these took before; used in place of guesses.
    owner : str
        Whose result it is: plans that differ only in it are two plans, with results of their own.
    models : tuple
        Unfitted models of the classes that workers must be able to import.
    questions : callable
        Gives the keys of the fits that each question to a fitted learner needs.
    places : mapping
        The resources that nodes need of their workers, by key.
    fits : tuple of mappings
        For each repeat, the keys of its fits by model, its owner and the folds left out.
    """

    __dask_scheduler__ = staticmethod(dask.threaded.get)

    @cached_property
    def name(self) -> str:
        """The plan's own key, from the keys of all its tasks."""
        return "plan-" + digest(
            self.owner, *self.keys.values(), "outputs", *map(str, self.__dask_keys__())
        )

    def __dask_graph__(self) -> HighLevelGraph:
        with building_nodes():
            layer = Layer(self.nodes, self.keys, self.execution, self.known).entries()
            order = partial(priority_of, self.priorities)
        where = annotation(self.places, self.keys)
        mapped = MaterializedLayer(layer, annotations={"priority": order, **where})
        return HighLevelGraph({self.name: mapped}, {self.name: set()})

    def __dask_keys__(self) -> list[Hashable]:
        return [self.keys[source.key] for source in self.outputs]

    def __dask_layers__(self) -> tuple[str]:
        return (self.name,)

    def __dask_tokenize__(self) -> Hashable:
        return self.name

    @property
    def __dask_optimize__(self) -> Callable[..., HighLevelGraph]:
        """A function that changes nothing, but is another object for each plan.

        Dask (2026.8) groups collections by their optimizer and puts the results of a group side by
        side: with one for all plans, it would return plan, array, plan in a wrong order.
        """
        return partial(_as_it_is)

    def __dask_postcompute__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # bound, not passed as arguments, among which Dask may take the keys for tasks
        return partial(_finish, keys=self.output_keys, finish=self.finish), ()

    def __dask_postpersist__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._with_persisted, ()

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
        """Say what the plan will do: fits by model, width, critical path, time by workers.

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
        measured = None if timings is None else read_timings(timings)
        return describe(merge([plan.facts(measured) for plan in (self, *others)]), workers)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self._calls.most_common(3))
        return f"<Plan: {self._calls.total()} tasks, of which {counts}>"

    def _repr_svg_(self) -> str | None:
        return self._draw(".svg") if len(self.nodes) <= MOST_DRAWN else None

    def _repr_html_(self) -> str | None:
        """The numbers of a plan that is too large to be drawn in a notebook."""
        if len(self.nodes) <= MOST_DRAWN:
            return None
        counts = pd.DataFrame({"tasks": dict(self._calls.most_common())}).rename_axis("function")
        advice = "describe() says what it will do, and visualize('plan.svg') draws it into a file."
        return as_html([f"A plan of {self._calls.total():,} tasks", counts, advice])

    def visualize(self, filename: str | Path | None = None, **_: object) -> Path | Drawing:  # type: ignore[override]
        """Draw the plan: for a notebook, or into a file.

        Parameters
        ----------
        filename : str or Path, optional
            Where to: ``.svg``, ``.dot`` (Graphviz) or ``.txt``, by its ending. Left out, no file is
            written. In the SVG, nodes that differ only in their fold share a box.

        Returns
        -------
        Path or Drawing
            The file written; without one, a picture that notebooks show, with its text as ``svg``.

        Raises
        ------
        InvalidInput
            If the file's ending is none of the three.
        """
        if filename is None:
            return Drawing(self._draw(".svg"))
        path = Path(filename)
        if path.suffix not in DRAWINGS:
            endings = ", ".join(DRAWINGS)
            raise InvalidInput(
                f"The 'filename' of a drawn plan must end in one of {endings}. Got {path.name!r}."
            )
        path.write_text(self._draw(path.suffix), encoding="utf-8")
        return path

    def _draw(self, ending: str) -> str:
        """The plan in the language of files with this ending."""
        if ending == ".svg":
            kinds = {key: note.kind for key, note in self.notes.items()}
            return as_svg(self.nodes, self.labels, kinds)
        return DRAWINGS[ending](self.nodes, self.labels)

    def _with_persisted(self, graph: Mapping[str, Any], rename: object = None) -> Plan:
        """The same plan, its outputs known: what Dask has persisted."""
        del rename
        there = zip(self.output_keys, map(str, self.__dask_keys__()), strict=True)
        return replace(self, known={**self.known, **{key: graph[run_as] for key, run_as in there}})


def priority_of(priorities: Mapping[Hashable, float], key: Hashable) -> float:
    """A task's priority; the highest for a token of a lane, which takes no time."""
    return priorities.get(key, sys.float_info.max)


def _as_it_is(graph: HighLevelGraph, keys: object, **_: object) -> HighLevelGraph:
    """The graph itself: there is nothing that Dask could leave out or join."""
    del keys
    return graph


def _finish(values: Sequence[Any], keys: Sequence[str], finish: Finish) -> Any:
    """The plan's result, from the outputs' values in their order."""
    return finish(dict(zip(keys, values, strict=True)))
