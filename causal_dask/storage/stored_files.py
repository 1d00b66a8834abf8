"""The files of a store as they are found, also while others write and delete them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dask.utils import parse_bytes

from causal_dask.errors import Unreadable
from causal_dask.storage.result_file import About, OtherFormat, about_file, read_parts
from causal_dask.storage.store import Store

ABANDONED = 3600.0
"""Seconds after which a file that is still being written has lost its writer."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredFile:
    """A result's file; ``about`` is None if it is damaged, or of another format than ours."""

    path: Path
    size: int
    used: float
    about: About | None
    is_ours: bool = True


def stored_files(store: Store) -> Iterator[StoredFile]:
    """Every result's file and what it says; files that go in the meantime are none."""
    for path in store.files():
        with suppress(FileNotFoundError):
            status = path.stat()
            about, is_ours = _about(store, path)
            yield StoredFile(path, status.st_size, status.st_mtime, about, is_ours)


def is_damaged(file: StoredFile) -> bool:
    """Whether a file of our format is not what it says; all of it is read."""
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
    """Whether a file has been being written for so long that its writer must be gone."""
    try:
        return now - path.stat().st_mtime > ABANDONED
    except OSError:
        return False


def freed(path: Path, dry_run: bool) -> int:
    """The bytes of a file, which is deleted; nothing if another job was faster."""
    size = size_of(path)
    if size is None or dry_run:
        return size or 0
    try:
        path.unlink()
    except FileNotFoundError:
        return 0
    return size


def size_of(path: Path) -> int | None:
    """The bytes of a file, if it is still there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _about(store: Store, path: Path) -> tuple[About | None, bool]:
    """What a file says, and whether it is one that we may judge."""
    try:
        about = about_file(path)
        return (about if store.path(about.key) == path else None), True
    except OtherFormat:
        return None, False
    except PermissionError:
        return None, False
    except Unreadable:
        return None, True


def bytes_in(text: str) -> int | None:
    """The number that a text such as "10 GB" means; None if it means none."""
    try:
        return int(parse_bytes(text))
    except ValueError:
        return None
