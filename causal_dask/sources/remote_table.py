"""Tables of which the client knows the columns, but does not hold the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any


class RemoteTable:
    """A table whose columns may be named instead of passed."""

    __slots__ = ()

    names: tuple[Any, ...] | None
    """The names of the columns; None for an array."""

    def split_off(
        self, features: Collection[Any], named: Sequence[Any]
    ) -> tuple[Any, dict[Any, Any]]:
        """The table of the features, which stays where it is, and the named columns as arrays."""
        raise NotImplementedError
