"""Files and folders that are there whole or not at all, whoever is killed meanwhile."""

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
"""How the name of a file ends that is being written, or whose writer was killed."""


@contextmanager
def whole_file(path: Path, *, on_disk: bool = True) -> Iterator[BinaryIO]:
    """A file to write, which gets its name when all of it is written, and on the disk if need be.

    What goes when its process ends need not be: it would only take longer.
    """
    unnamed = unnamed_beside(path)
    try:
        with unnamed.open("xb") as file:
            yield file
            file.flush()
            if on_disk:
                os.fsync(file.fileno())
        unnamed.replace(path)
    finally:
        unnamed.unlink(missing_ok=True)


def unnamed_beside(path: Path) -> Path:
    """A free name in the same folder, for what is to become ``path``."""
    return path.with_name(f".{uuid.uuid4().hex}{LEFTOVER}")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` as text that people can read."""
    with whole_file(path) as file:
        file.write(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which gets its name, and replaces what had it, when all is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    growing = unnamed_beside(folder)
    growing.mkdir()
    try:
        yield growing
        _put_in_place(growing, folder)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def _put_in_place(growing: Path, folder: Path) -> None:
    """Give a written folder its name; what was there is deleted when the new one has it."""
    if not folder.exists():
        growing.rename(folder)
        return
    old = unnamed_beside(folder)
    folder.rename(old)
    try:
        growing.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
