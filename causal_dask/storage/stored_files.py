"""The files of a store, which other processes may write and delete at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from causal_dask.errors import Unreadable
from causal_dask.storage.result_file import About, OtherFormat, read_about, read_parts
from causal_dask.storage.store import Store

ABANDONED = 3600.0
"""Seconds without a write after which an unfinished file has surely lost its writer."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredFile:
    """The file of a result; ``about`` is None if it is damaged or of another format.

    ``is_ours`` is False if the format is another version's, or the file may not be read.
    """

    path: Path
    size: int
    used: float
    about: About | None
    is_ours: bool = True


def stored_files(store: Store) -> Iterator[StoredFile]:
    """The file of every result with its description; files deleted meanwhile are skipped."""
    for path in store.files():
        with suppress(FileNotFoundError):
            status = path.stat()
            about, is_ours = _about(store, path)
            yield StoredFile(path, status.st_size, status.st_mtime, about, is_ours)


def is_damaged(file: StoredFile) -> bool:
    """Whether a file of our format is damaged; all of it is read for that."""
    if file.about is None:
        return file.is_ours
    try:
        read_parts(file.path, file.about.key)
    except Unreadable:
        return True
    except OSError:
        return False
    return False


def is_abandoned(path: Path, now: float) -> bool:
    """Whether nobody has written to an unfinished file for so long that its writer must be dead."""
    try:
        return now - path.stat().st_mtime > ABANDONED
    except OSError:
        return False


def free(path: Path, dry_run: bool) -> int:
    """Delete a file, unless ``dry_run``, and return its bytes; 0 if another job was faster."""
    size = size_of(path)
    if size is None or dry_run:
        return size or 0
    try:
        path.unlink()
    except FileNotFoundError:
        return 0
    return size


def size_of(path: Path) -> int | None:
    """The bytes of a file, if it still exists."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _about(store: Store, path: Path) -> tuple[About | None, bool]:
    """The description in a file, if it has one, and whether its format is ours to check."""
    try:
        about = read_about(path)
        return (about if store.path(about.key) == path else None), True
    except OtherFormat:
        return None, False
    except PermissionError:
        return None, False
    except Unreadable:
        return None, True
