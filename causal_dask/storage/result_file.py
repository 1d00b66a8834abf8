"""Write and read one result as a file: a description that people can read, then its bytes.

The first line names the format. The second has a checksum and the description, which in turn has
the checksum of the bytes, so that no flipped bit goes unnoticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from causal_dask.errors import Unreadable
from causal_dask.keys.hashing import digest
from causal_dask.sources.whole_file import make_folder, whole_file
from causal_dask.storage.pickles import Packed, Part, Resolve, unpack
from causal_dask.storage.versions import versions_in_words, versions_of

MAGIC = b"causal_dask result "


FORMAT = 1


DIGEST_BYTES = 32
"""The length of a checksum in hex digits."""


LONGEST_HEAD = 1 << 24
"""Bytes after which a line is not read on: a damaged file may have no line end."""


class OtherFormat(Unreadable):
    """A file of ours in the format of an older or newer version."""


@dataclass(frozen=True, slots=True)
class Note:
    """What people want to know about a result: its label, and how long it took."""

    label: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class About:
    """The description of a result in its file; ``parts`` are the sizes of its parts in bytes."""

    key: str
    label: str
    kind: str
    written: str
    seconds: float | None
    versions: Mapping[str, str]
    parts: Sequence[int]
    checksum: str

    @property
    def n_bytes(self) -> int:
        """The size of the result in bytes."""
        return sum(self.parts)


def write(path: Path, key: str, value: Packed, note: Note = Note()) -> About:
    """Write a result atomically."""
    about = About(
        key=key,
        label=note.label,
        kind=value.kind,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=note.seconds,
        versions=versions_of({value.type.__module__}),
        parts=[memoryview(part).nbytes for part in value.parts],
        checksum=digest(*value.parts),
    )
    make_folder(path.parent)
    with whole_file(path) as file:
        file.write(_head(about))
        for part in value.parts:
            file.write(part)
    return about


def read(path: Path, key: str) -> Any:
    """The result of this key; raises ``Unreadable`` if the file is damaged or of another key."""
    about, parts = read_parts(path, key)
    return unpickle(path, about, parts)


def read_parts(path: Path, key: str) -> tuple[About, list[Part]]:
    """The bytes of a result, checked but not unpickled."""
    with path.open("rb") as file:
        about = _checked_head(path, file)
        if about.key != key:
            raise Unreadable(f"The file {path} holds the result {about.key}, not {key}.")
        parts = [_part(file, size) for size in about.parts]
    if digest(*parts) != about.checksum:
        raise Unreadable(f"The file {path} is damaged: its content has changed.")
    return about, parts


def unpickle(
    path: Path, about: About, parts: Sequence[Part], resolve: Resolve | None = None
) -> Any:
    """The value in bytes whose checksum is right; raises ``Unreadable`` if this fails."""
    try:
        return unpack(parts, resolve)
    except MemoryError:
        raise
    except Exception as error:
        here = versions_of({about.kind})
        raise Unreadable(
            f"The file {path} cannot be unpickled here ({type(error).__name__}: {error}). It was "
            f"written with {versions_in_words(about.versions)}; here are {versions_in_words(here)}."
        ) from error


def read_about(path: Path) -> About:
    """The description in a file, whose result is not read."""
    with path.open("rb") as file:
        return _checked_head(path, file)


def _head(about: About) -> bytes:
    """The first two lines of a file."""
    known = json.dumps(asdict(about)).encode()
    return b"%s%d\n%s %s\n" % (MAGIC, FORMAT, digest(known).encode(), known)


def _checked_head(path: Path, file: BinaryIO) -> About:
    """The description, if the first two lines are undamaged and the file has the right size."""
    _check_first_line(path, file.readline(len(MAGIC) + DIGEST_BYTES))
    line = file.readline(LONGEST_HEAD)
    checksum, known = line[: DIGEST_BYTES + 1], line[DIGEST_BYTES + 1 : -1]
    if line[-1:] != b"\n" or checksum != digest(known).encode() + b" ":
        raise Unreadable(f"The file {path} is damaged: its head has changed or is cut off.")
    about = About(**json.loads(known))
    expected, found = file.tell() + about.n_bytes, os.fstat(file.fileno()).st_size
    if found != expected:
        raise Unreadable(f"The file {path} is damaged: it has {found} bytes instead of {expected}.")
    return about


def _check_first_line(path: Path, line: bytes) -> None:
    if line == b"%s%d\n" % (MAGIC, FORMAT):
        return
    layout = line.removeprefix(MAGIC).removesuffix(b"\n")
    is_whole = line.startswith(MAGIC) and line.endswith(b"\n")  # or it may be cut within the number
    if is_whole and layout.isdigit():
        raise OtherFormat(
            f"The file {path} has the format {int(layout)}, and this version of causal_dask reads "
            f"the format {FORMAT}."
        )
    raise Unreadable(f"The file {path} is damaged, or not a result of causal_dask.")


def _part(file: BinaryIO, size: int) -> Any:
    """The next bytes, in memory that NumPy allocated, and so aligned as for its own arrays."""
    part = np.empty(size, dtype=np.uint8)
    file.readinto(part.data)  # type: ignore[attr-defined]
    return part.data
