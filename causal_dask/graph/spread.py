"""A table in parts that stay where they are, each under a key of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dask.typing import Key

from causal_dask.keys.hashing import digest


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A table in parts, by key and in the order of their rows: values, or futures of a cluster.

    A task that reads it reads all parts and calls ``join`` to put them together.
    ``identity`` says which rows these are, and ``index`` what pandas calls them, if that tells
    them apart.
    """

    parts: tuple[tuple[Key, Any], ...]
    lengths: tuple[int, ...]
    n_columns: int
    join: Callable[[Sequence[Any]], Any]
    identity: str
    names: tuple[Any, ...] | None = None
    index: Any = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return sum(self.lengths), self.n_columns

    @property
    def columns(self) -> tuple[Any, ...]:
        """The names of the columns, if they have any."""
        return self.names or ()

    @property
    def content_fingerprint(self) -> str:
        """A fingerprint in place of the content's: where the rows come from, and the columns."""
        return digest("spread", self.identity, "columns", *map(repr, self.columns))

    def apart(self) -> Iterator[Spread]:
        """Each part as a table of its own."""
        for position, (part, length) in enumerate(zip(self.parts, self.lengths, strict=True)):
            identity = digest(self.identity, str(position))
            lengths = (length,)
            yield replace(self, parts=(part,), lengths=lengths, identity=identity, index=None)
