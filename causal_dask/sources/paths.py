"""Find the files of a table from the path that users pass: a file, folder, pattern or list."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path, PurePath
from typing import Any
from urllib.request import url2pathname

from causal_dask.errors import InvalidInput
from causal_dask.sources.addresses import above_pattern, files_at, folder_at, is_address

PARQUET, ARROW, NPY = "Parquet", "Arrow", "NumPy"
FORMATS = {
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".arrow": ARROW,
    ".feather": ARROW,
    ".ipc": ARROW,
    ".npy": NPY,
}
"""The format of files with each ending."""


def is_path(given: Any) -> bool:
    """Whether an argument is a path, or a list of them."""
    if isinstance(given, list | tuple):
        return bool(given) and all(isinstance(part, str | os.PathLike) for part in given)
    return isinstance(given, str | os.PathLike)


def find_files(given: Any) -> tuple[tuple[str, ...], str]:
    """The files that ``given`` refers to, in the order of their rows, and their format."""
    whole = isinstance(given, str | os.PathLike)
    files = _files_of(given) if whole else [file for part in given for file in _files_of(part)]
    formats = {_format(file) for file in files}
    if len(formats) > 1:
        raise InvalidInput(
            f"'X' names files of the formats {', '.join(sorted(formats))}. Pass files of one."
        )
    if formats == {NPY} and len(files) > 1:
        raise InvalidInput(f"'X' names {len(files)} .npy files. Pass one array, or Parquet files.")
    if formats == {NPY} and is_address(files[0]):
        raise InvalidInput(
            f"'X' is the address {files[0]!r} of an .npy file, which can be mapped from this "
            "machine only. Copy it here, or write Parquet files."
        )
    return tuple(map(absolute, files)), formats.pop()


def folder_above(given: Any) -> PurePath:
    """The folder below which names of folders are columns, as other readers have it.

    That of a path or pattern is the folder that it names. That of a list is the one that its parts
    share; if it is called as a column, files elsewhere may be so too, and it is the one above.
    """
    parts = [given] if isinstance(given, str | os.PathLike) else given
    shared = _shared([_folder_of(part) for part in parts])
    while len(parts) > 1 and "=" in shared.name:
        shared = shared.parent
    return shared


def _folder_of(given: str | os.PathLike[str]) -> PurePath:
    path = absolute(given)
    if is_address(path):
        return PurePath(absolute(folder_at(path)))
    if Path(path).is_dir():
        return PurePath(path)
    if glob.has_magic(path) and not Path(path).exists():
        return PurePath(above_pattern(path))
    return PurePath(path).parent


def _shared(folders: Sequence[PurePath]) -> PurePath:
    """The folder that all of these are in; an empty path if they are on different machines."""
    parts = zip(*(folder.parts for folder in folders), strict=False)
    return PurePath(*(names[0] for names in takewhile(lambda names: len(set(names)) == 1, parts)))


def absolute(file: str | os.PathLike[str]) -> str:
    """The whole path of a file; an address is whole."""
    path = without_scheme(file)
    return path if is_address(path) else str(Path(path).expanduser().absolute())


def without_scheme(given: str | os.PathLike[str]) -> str:
    """A path, without the ``file://`` that addresses of this machine's files begin with."""
    path = os.fspath(given)
    return url2pathname(path.removeprefix("file://")) if path.startswith("file:///") else path


def _files_of(given: str | os.PathLike[str]) -> Sequence[str]:
    path = without_scheme(given)
    if is_address(path):
        return sorted(files_at(path, _is_data), key=in_natural_order)
    path = str(Path(path).expanduser())
    if Path(path).is_dir():
        return _files_in(Path(path))
    if glob.has_magic(path) and not Path(path).exists():
        return _matches(path)
    if not Path(path).is_file():
        raise InvalidInput(
            f"'X' is the path {path!r}, and there is no such file. Paths start from {Path.cwd()}."
        )
    return [path]


def _files_in(folder: Path) -> list[str]:
    """The data files in a folder and its subfolders, without hidden ones."""
    inside = (path for path in folder.rglob("*") if path.is_file())
    files = [path for path in inside if _is_data(str(path.relative_to(folder)))]
    if not files:
        raise InvalidInput(
            f"'X' is the folder {str(folder)!r}, which has no files that end in one of "
            f"{_endings()}."
        )
    return sorted(map(str, files), key=in_natural_order)


def _is_data(path: str) -> bool:
    """Whether a file at a path inside a folder is one of those that are read."""
    return Path(path).suffix in FORMATS and not is_hidden(Path(path.lstrip("/")))


def _matches(pattern: str) -> list[str]:
    files = sorted(glob.glob(pattern, recursive=True), key=in_natural_order)  # noqa: PTH207 - also absolute
    if not files:
        raise InvalidInput(
            f"'X' is the pattern {pattern!r}, which no file matches. Paths start from {Path.cwd()}."
        )
    return files


def _format(file: str) -> str:
    suffix = Path(file).suffix
    if suffix not in FORMATS:
        raise InvalidInput(
            f"'X' names the file {file!r}. Files must end in one of {_endings()}. Got {suffix!r}."
        )
    return FORMATS[suffix]


def _endings() -> str:
    return ", ".join(FORMATS)


def is_hidden(path: Path) -> bool:
    """Whether a path inside a folder is one of files that are no part of the table."""
    return any(part.startswith(("_", ".")) for part in path.parts)


def in_natural_order(path: str) -> list[Any]:
    """A sort key that puts part.2 before part.10, as Dask does when it reads its own files."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path)]
