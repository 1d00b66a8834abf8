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
        with temporary.open("xb") as file:
            yield file
            file.flush()
            if on_disk:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
    folder.parent.mkdir(parents=True, exist_ok=True)
    growing = temporary_beside(folder)
    growing.mkdir()
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
