"""Build the contents of a YAML file from its nodes; knows nothing of jobs.

Aliases of aliases make a few lines mean millions of values, so these are counted first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from causal_dask.errors import InvalidJob

MOST_NODES = 100_000
"""The most values that a job file may mean: real ones have hundreds."""


def check_size(path: Path, root: yaml.Node | None) -> None:
    """Raise if a file means too many values, or an anchor is used inside itself."""
    if root is not None and _size(path, root, {}) > MOST_NODES:
        raise InvalidJob(
            f"{path.name}: with its aliases (*) written out, this has more than {MOST_NODES:,} "
            "values. Use fewer aliases inside each other."
        )


def build(path: Path, root: yaml.Node | None) -> Any:
    """The contents of a node; raises with the line if a value cannot be what it looks like."""
    loader = _Loader("")
    loader.path = path
    return None if root is None else loader.construct_document(root)


class _Loader(yaml.SafeLoader):
    """The safe loader, with errors that name the line."""

    path: Path

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            value = super().construct_object(node, deep)
            str(value)  # Python refuses to write integers of thousands of digits
        except (ValueError, LookupError, AttributeError, OverflowError) as error:
            kind = node.tag.rpartition(":")[2]
            shown = node.value if len(node.value) <= 40 else f"{node.value[:40]}…"
            raise InvalidJob(
                f"{self.path.name}, line {node.start_mark.line + 1}: {shown!r} cannot be read as "
                f"{KINDS.get(kind, kind)}. Correct it, or put it in quotes if it is text."
            ) from error
        return value


KINDS = {
    "int": "a whole number",
    "float": "a number",
    "timestamp": "a date",
    "bool": "true or false",
}
"""YAML's kinds of values in words."""


def _size(path: Path, node: yaml.Node, known: dict[int, int | None]) -> int:
    """The number of nodes below a node, each alias counted as what it stands for."""
    here = id(node)
    if here not in known:
        known[here] = None  # until it is counted
        known[here] = 1 + sum(_size(path, child, known) for child in _children(node))
    size = known[here]
    if size is None:
        raise InvalidJob(
            f"{path.name}: an anchor (&) is used inside itself. Write out what it means."
        )
    return size


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    """The values in a list or section, and the names of keys."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for name, child in node.value:
            yield from (name, child)
