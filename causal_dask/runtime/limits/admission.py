"""A process's memory, which fits take for their time and wait for while others have it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


class _Memory:
    """The bytes that this process has taken, and those that its fits are predicted to take."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.holders = 0
        self.taken = 0
        self.others = 0

    def take(self, size: int, limit: int) -> None:
        """Wait until ``size`` bytes more stay within the limit, or nobody else has any."""
        with self.changed:
            self.changed.wait_for(lambda: self._fits(size, limit))
            if self.holders == 0:
                self.others = int(psutil.Process().memory_info().rss)
            self.holders += 1
            self.taken += size

    def give_back(self, size: int) -> None:
        """Let others have ``size`` bytes."""
        with self.changed:
            self.holders -= 1
            self.taken -= size
            self.changed.notify_all()

    def _fits(self, size: int, limit: int) -> bool:
        return self.holders == 0 or self.others + self.taken + size <= limit


_memory = _Memory()


@contextmanager
def room_for(size: int, limit: int) -> Iterator[None]:
    """A block that takes ``size`` bytes of the ``limit`` that this process has; 0 takes none."""
    if not size:
        yield
        return
    _memory.take(size, limit)
    try:
        yield
    finally:
        _memory.give_back(size)
