"""Handles of data that is elsewhere, opened once in each process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from causal_dask.runtime.spool import shared_file
from causal_dask.sources.handle import Handle

MOST = 16
"""Opened handles that a process keeps."""


class _Opened:
    """What has been opened in this process, with its handle, the last used at the end."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_name: OrderedDict[str, tuple[Handle, Any]] = OrderedDict()

    def value(self, handle: Handle) -> Any:
        """What a handle stands for, opened by the first who asks while others wait."""
        with self.lock:
            if handle.name not in self.by_name:
                self._drop()
                self.by_name[handle.name] = handle, handle.opened(shared_file)
            self.by_name.move_to_end(handle.name)
            return self.by_name[handle.name][1]

    def _drop(self) -> None:
        """Let go of what has been deleted, and of what was not used for longest."""
        gone = [name for name, (handle, _) in self.by_name.items() if not handle.is_there()]
        for name in gone:
            del self.by_name[name]
        while len(self.by_name) >= MOST:
            self.by_name.popitem(last=False)


_opened = _Opened()


def at_hand(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A task's arguments, with what handles among them stand for."""
    return {
        word: _opened.value(argument) if isinstance(argument, Handle) else argument
        for word, argument in arguments.items()
    }
