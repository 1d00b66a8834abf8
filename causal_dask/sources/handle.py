"""Handles: small objects that are sent to workers in place of large data, and opened there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

Write = Callable[[BinaryIO], object]
"""Writes the content of a file that is open."""


FileFor = Callable[[str, str, Write], Path]
"""Returns the file of a name and an ending; a file that does not exist yet is written first."""


class Handle:
    """Stands for data, and is small however large the data is."""

    __slots__ = ()

    is_handle = True

    @property
    def name(self) -> str:
        """What identifies the data on this host."""
        raise NotImplementedError

    def open(self, file_for: FileFor) -> Any:
        """The data; ``file_for`` gives the file that it is spooled to, if it has to be."""
        raise NotImplementedError

    def is_there(self) -> bool:
        """Whether the data can still be opened."""
        return True
