"""What stands for data that is elsewhere, and travels in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

Write = Callable[[BinaryIO], object]
Place = Callable[[str, str, Write], Path]
"""Gives the file of some name and ending, which it has written first if there is none."""


class Handle:
    """Stands for data; small, whatever it stands for."""

    __slots__ = ()

    is_handle = True

    @property
    def name(self) -> str:
        """What it stands for, on this host."""
        raise NotImplementedError

    def opened(self, place: Place) -> Any:
        """What it stands for."""
        raise NotImplementedError

    def is_there(self) -> bool:
        """Whether what it stands for can still be opened."""
        return True
