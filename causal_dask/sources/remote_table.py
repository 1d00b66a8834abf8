"""Tables of which the client knows the columns and not the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any


class Elsewhere:
    """A table whose columns may be named instead of passed."""

    __slots__ = ()

    names: tuple[Any, ...] | None
    """What the columns are called; None for an array's."""

    def apart(self, features: Collection[Any], named: Sequence[Any]) -> tuple[Any, dict[Any, Any]]:
        """The table of the features, which stays where it is, and other columns as arrays, here."""
        raise NotImplementedError
