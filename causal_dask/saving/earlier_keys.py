"""Find the results of learners that were saved before functions changed, whose keys have changed.

Their fits stay what they were. What is computed from them after loading is computed as today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from causal_dask.declared import Declared, declaration_of
from causal_dask.graph.node import Data, Node, Read, Source, key_of
from causal_dask.graph.walk import fold
from causal_dask.keys.functions import of_declared

EARLIER = {
    "contrast_share": Declared("contrast_share", 1),
    "n_shares_outside": Declared("n_outside", 1),
}
"""What functions that saved learners' results depend on were declared as before."""


def under_todays_keys(results: Mapping[str, Any], nodes: Iterable[Source]) -> dict[str, Any]:
    """The results by the keys that ``nodes``, which they belong to, have today."""
    today = {before: key for key, before in fold(nodes, _key_before).items()}
    return {today.get(key, key): result for key, result in results.items()}


def _key_before(of: Source, reads: list[str]) -> str:
    """The key of a node before; ``reads`` are those of what it reads, in the order of `sources`."""
    if isinstance(of, Data):
        return of.key
    before = iter(reads)
    named = {name: _named(read, before) for name, read in of.reads.items()}
    declared = declaration_of(of.run)
    earlier = EARLIER.get(declared.name, declared) if declared else None
    if earlier is None or (earlier == declared and _same(of, named)):
        return of.key
    return key_of((earlier.name, of_declared(earlier)), named, of.constants)


def _named(read: Read, keys: Iterator[str]) -> Read:
    """The same read, with nodes that have the given keys."""
    if isinstance(read, tuple):
        return tuple(Data(next(keys), None) for _ in read)
    return Data(next(keys), None)


def _same(of: Node, named: Mapping[str, Read]) -> bool:
    """Whether the reads of a node have the keys of today."""
    return all(_keys(read) == _keys(named[name]) for name, read in of.reads.items())


def _keys(read: Read) -> list[str]:
    return [each.key for each in (read if isinstance(read, tuple) else (read,))]
