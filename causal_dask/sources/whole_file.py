"""Write files and folders atomically: they exist completely or not at all, even after a kill."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

SHARED = "CAUSAL_DASK_SHARED_FILES"
"""The environment variable that lets others read files, as far as the user's umask does."""

LEFTOVER = ".part"
"""The ending of a file that is being written, or whose writer was killed."""


@contextmanager
def whole_file(path: Path, *, on_disk: bool = True) -> Iterator[BinaryIO]:
    """Open a file to write; it gets its name once all of it is written.

    With ``on_disk`` it is flushed to the disk first, so that it survives a power failure. Files
    that are deleted when the process ends do not need that, and it takes time.
    """
    temporary = temporary_beside(path)
    try:
        with _new_file(temporary) as file:
            yield file
            file.flush()
            if on_disk:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, if there is none; one that is there stays as it is."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):  # with parents=True these would get other modes
        each.mkdir(mode=0o777 if _is_shared() else 0o700, exist_ok=True)


def _new_file(path: Path) -> BinaryIO:
    """Open a new file for its owner alone: covariates and pickles are nobody else's business."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666 if _is_shared() else 0o600), "wb")


def _is_shared() -> bool:
    """Whether the user's umask says who may read files."""
    return os.environ.get(SHARED, "") not in ("", "0")


def temporary_beside(path: Path) -> Path:
    """An unused name in the same folder for what will be renamed to ``path``."""
    return path.with_name(f".{uuid.uuid4().hex}{LEFTOVER}")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` as indented JSON."""
    with whole_file(path) as file:
        file.write(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Make a folder to fill; once that is done, it gets its name and replaces the old one."""
    make_folder(folder.parent)
    growing = temporary_beside(folder)
    make_folder(growing)
    try:
        yield growing
        _put_in_place(growing, folder)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def _put_in_place(growing: Path, folder: Path) -> None:
    """Rename a finished folder; the old one is deleted only after that."""
    if not folder.exists():
        growing.rename(folder)
        return
    old = temporary_beside(folder)
    folder.rename(old)
    try:
        growing.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
