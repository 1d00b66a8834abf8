"""A user's folder for data that the processes of a host share, and when its files go.

Files have the name of what they hold, and of the process that wrote them: they go when it ends.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import dask
import psutil

from causal_dask.sources.handle import Handle, Write
from causal_dask.sources.whole_file import LEFTOVER, whole_file

try:
    import fcntl
except ImportError:  # not on Windows, where each process writes its own
    fcntl = None  # type: ignore[assignment]


STALE = 24 * 3600.0
"""Seconds after which the files of a process that has died are deleted by another one."""


def own_file(name: str, ending: str, write: Write) -> Path:
    """A file of this process, written unless it is there."""
    path = folder() / f"{name}.{_host()}.{os.getpid()}{ending}"
    if not path.exists():
        _write(path, write)
    return path


def shared_file(name: str, ending: str, write: Write) -> Path:
    """A file of any process of this host; the first that asks writes it, and others wait."""
    with _alone(folder() / f"{name}.{_host()}.lock"):
        there = next(folder().glob(f"{name}.{_host()}.*{ending}"), None)
        return there or own_file(name, ending, write)


def folder() -> Path:
    """The folder, which only this user can read."""
    made = _made(dask.config.get("temporary-directory", None) or tempfile.gettempdir())
    made.mkdir(mode=0o700, exist_ok=True)  # it may have been cleaned away since
    return made


def _write(path: Path, write: Write) -> None:
    """Write a file that is there whole or not at all, and goes when this process ends."""
    with whole_file(path, on_disk=False) as file:
        write(file)
    Finalize(None, _delete, args=(path,), exitpriority=0)


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """A block that one thread of one process is in at a time; whoever dies in it leaves it.

    Who waits for a lock that goes may be in it with another: then what was waited for is there.
    """
    with path.open("wb") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            _delete(path)


@cache
def _made(parent: str) -> Path:
    """The folder in a temporary one, without what dead processes have left there."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    made = Path(parent).absolute() / f"causal-dask-{user}"
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    if made.is_symlink() or hasattr(os, "getuid") and made.stat().st_uid != user:
        made = Path(tempfile.mkdtemp(prefix="causal-dask-", dir=parent))
    for path in made.iterdir():
        if _is_stale(path, time.time()):
            _delete(path)
    return made


def _is_stale(path: Path, now: float) -> bool:
    """Whether a file is old and of a process of this host that has died."""
    try:
        old = now - path.stat().st_mtime > STALE
    except OSError:
        return False
    if path.name.endswith((LEFTOVER, ".lock")):
        return old
    _, host, process, _ = f"{path.name}...".split(".", 3)
    return old and host == _host() and process.isdigit() and not psutil.pid_exists(int(process))


@cache
def _host() -> str:
    """The name of this machine, as files have it."""
    return socket.gethostname().replace(".", "-")


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
