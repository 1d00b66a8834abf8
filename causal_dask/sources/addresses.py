"""Files at addresses such as ``s3://bucket/data``, read by fsspec, as Dask reads them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.keys.hashing import digest

State = tuple[int, int]

MARKS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "modified", "created")
"""What filesystems call something that changes with a file's content, the surest first."""


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether this is an address, not the path of a file of this machine."""
    return "://" in os.fspath(path)


def folder_here(given: Any, name: str) -> Path:
    """The absolute path of the folder that an argument names; raises if it is no path."""
    if not isinstance(given, str | os.PathLike) or not str(given):
        raise InvalidType(
            f"'{name}' must be the path of a folder. Got {type(given).__name__}: {given!r}."
        )
    if is_address(given):
        raise InvalidInput(
            f"'{name}' must be the path of a folder, and {os.fspath(given)!r} is an address, to "
            "which nothing is written. Pass a path, or that under which the address is mounted."
        )
    return Path(given).expanduser().absolute()


def files_at(address: str, is_data: Callable[[str], bool]) -> list[str]:
    """The addresses of the files that an address names: a file, a pattern, or a folder's data.

    ``is_data`` is asked about the paths of a folder's files inside it.
    """
    with _told(address):
        system, path = fsspec.url_to_fs(address)
        system.invalidate_cache()
        if is_pattern(path):
            found = [file for file in system.glob(path) if not system.isdir(file)]
        elif system.isdir(path):
            found = [file for file in system.find(path) if is_data(file.removeprefix(path))]
        else:
            found = [path] if system.exists(path) else []
        if not found:
            raise InvalidInput(f"'X' is the address {address!r}, where no such files are.")
        return [_whole(system, file) for file in found]


def folder_at(address: str) -> str:
    """The folder that an address names, that of its file, or that above its pattern."""
    with _told(address):
        system, path = fsspec.url_to_fs(address)
        if is_pattern(path):
            return _whole(system, above_pattern(path))
        return _whole(system, path if system.isdir(path) else path.rpartition("/")[0])


def is_pattern(path: str) -> bool:
    """Whether a path has characters that stand for others."""
    return any(sign in path for sign in "*?[")


def above_pattern(path: str) -> str:
    """The folder of a pattern: all names before the first that is one."""
    names = path.replace(os.sep, "/").split("/")
    first = next(position for position, name in enumerate(names) if is_pattern(name))
    return "/".join(names[:first]) or "/"


def _whole(system: Any, path: str) -> str:
    """The address of a path in a filesystem; a file of this machine has its path."""
    return path if isinstance(system, LocalFileSystem) else str(system.unstrip_protocol(path))


@contextmanager
def opened(file: str, compression: str | None = None) -> Iterator[Any]:
    """What a file is read from: its path, or what is open at its address."""
    if not is_address(file):
        yield file
        return
    with fsspec.open(file, "rb", compression=compression) as stream:
        yield stream


def states_of(files: Sequence[str]) -> list[State | None]:
    """The size of each file, and a number that changes with it; None of one that is not there."""
    if files and is_address(files[0]):
        fsspec.url_to_fs(files[0])[0].invalidate_cache()  # what was listed before may have changed
    return [_state_at(file) if is_address(file) else _state_here(Path(file)) for file in files]


def _state_at(address: str) -> State | None:
    system, path = fsspec.url_to_fs(address)
    try:
        found = system.info(path)
    except FileNotFoundError:
        return None
    mark = next((found[name] for name in MARKS if found.get(name)), None)
    if mark is None:  # another content of the same size would count as the same table
        raise InvalidInput(
            f"'X' is the address {address!r}, and nothing there says when its content changes. "
            "Copy the files here."
        )
    return int(found["size"] or 0), int(digest("mark", str(mark))[:15], 16)


def _state_here(path: Path) -> State | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Raise what fsspec says of an address as an error about it."""
    try:
        yield
    except InvalidInput:
        raise
    except Exception as error:
        said = str(error).splitlines() or [type(error).__name__]
        raise InvalidInput(
            f"'X' is the address {address!r}, which cannot be read: {said[0]}"
        ) from error
