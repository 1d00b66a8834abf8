"""The names of nodes in messages and drawings. Plain data, not part of any key."""

from __future__ import annotations

from typing import NamedTuple

from causal_dask.declared import saved


@saved("Label")
class Label(NamedTuple):
    """A node's name. Nodes of one ``group`` differ only in ``part``, a fold for instance."""

    group: str
    part: str = ""
    stage: str = ""

    def __str__(self) -> str:
        return f"{self.group}, {self.part}" if self.part else self.group
