"""Share data between the processes of a host in files that each process maps into memory once.

A file is named after its content and the process that wrote it, and is deleted when that ends.
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
except ImportError:  # Windows has no file locks of this kind, so its processes do not wait
    fcntl = None  # type: ignore[assignment]


STALE = 24 * 3600.0
"""Seconds after which any process deletes the files that a dead one has left."""


MOST_OPEN = 16
"""Handles that a process keeps open."""


def open_handles(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A task's arguments, with the data in place of handles."""
    return {
        word: _opened.value(argument) if isinstance(argument, Handle) else argument
        for word, argument in arguments.items()
    }


def own_file(name: str, ending: str, write: Write) -> Path:
    """A file of this process, written if it does not exist yet."""
    path = folder() / f"{name}.{_host()}.{os.getpid()}{ending}"
    if not path.exists():
        _write(path, write)
    return path


def shared_file(name: str, ending: str, write: Write) -> Path:
    """A file of any process of this host; the first to ask writes it while others wait."""
    with _locked(folder() / f"{name}.{_host()}.lock"):
        existing = next(folder().glob(f"{name}.{_host()}.*{ending}"), None)
        return existing or own_file(name, ending, write)


def folder() -> Path:
    """The folder of all these files, which only this user can read."""
    found = _make_folder(dask.config.get("temporary-directory", None) or tempfile.gettempdir())
    found.mkdir(mode=0o700, exist_ok=True)  # a cleaner of old files may have deleted it
    return found


def _write(path: Path, write: Write) -> None:
    """Write a file atomically; it is deleted when this process ends."""
    with whole_file(path, on_disk=False) as file:
        write(file)
    Finalize(None, _delete, args=(path,), exitpriority=0)


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """A block that one thread of all processes enters at a time; a process that dies frees it.

    If the lock file is deleted while another thread waits for it, that thread and a later one may
    both enter; by then the file they wait for exists.
    """
    with path.open("wb") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            _delete(path)


@cache
def _make_folder(parent: str) -> Path:
    """Make the folder inside a temporary one, and delete what dead processes have left in it."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    made = Path(parent).absolute() / f"causal-dask-{user}"
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Someone else may have made a folder of this name, to read or replace our files.
    if made.is_symlink() or hasattr(os, "getuid") and made.stat().st_uid != user:
        made = Path(tempfile.mkdtemp(prefix="causal-dask-", dir=parent))
    for path in made.iterdir():
        if _is_stale(path, time.time()):
            _delete(path)
    return made


def _is_stale(path: Path, now: float) -> bool:
    """Whether a file is old, and the process of this host that wrote it is dead."""
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
    """The name of this host as it is in file names, where dots separate the parts."""
    return socket.gethostname().replace(".", "-")


class _Opened:
    """The data that this process has opened, by their handles, the last used at the end."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_name: OrderedDict[str, tuple[Handle, Any]] = OrderedDict()

    def value(self, handle: Handle) -> Any:
        """The data of a handle, opened by the first thread to ask while others wait."""
        with self.lock:
            if handle.name not in self.by_name:
                self._forget()
                self.by_name[handle.name] = handle, handle.open(shared_file)
            self.by_name.move_to_end(handle.name)
            return self.by_name[handle.name][1]

    def _forget(self) -> None:
        """Forget data whose files are deleted, then the data used longest ago if it is too much."""
        gone = [name for name, (handle, _) in self.by_name.items() if not handle.is_there()]
        for name in gone:
            del self.by_name[name]
        while len(self.by_name) >= MOST_OPEN:
            self.by_name.popitem(last=False)


_opened = _Opened()
