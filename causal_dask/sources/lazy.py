"""Tables that read the rows that are asked for, and are never in memory as one frame."""

from __future__ import annotations

from typing import Any

import numpy as np

Rows = np.ndarray[Any, Any] | slice | None
"""Row numbers, a range of them, or None for all rows."""


class LazyTable:
    """A table whose rows are made into a frame or an array when a task needs them."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        raise NotImplementedError

    def frame(self, rows: Rows, features: tuple[int, ...] | None) -> Any:
        """Some rows, and some columns by position, or all."""
        raise NotImplementedError
