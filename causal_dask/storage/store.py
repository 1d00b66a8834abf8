"""A store: finished results in a folder, found by key. Knows no learners.

Processes and jobs may share a folder: files are written atomically, and two writers of one key
write the same result. If a store cannot be used, it warns and the fit goes on without it.
"""

from __future__ import annotations

import enum
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

from causal_dask.errors import InvalidInput, StoreWarning, Unreadable, warn
from causal_dask.keys.hashing import digest
from causal_dask.sources.addresses import folder_here
from causal_dask.sources.whole_file import LEFTOVER, make_folder, write_json
from causal_dask.storage.owners import is_own
from causal_dask.storage.pickles import pack
from causal_dask.storage.result_file import FORMAT, Note, read, write
from causal_dask.storage.versions import versions_of

MANIFEST = "manifest.json"


KIND = "causal_dask store"


ABOUT = "Results by content, as pickles: open them only if you trust all who can write here."


RESULTS, ENDING = "results", ".result"


LONGEST_NAME = 200
"""File systems allow 255 bytes; a longer key is hashed. The rest is for the ending."""


class Missing(enum.Enum):
    """What a store returns for a key that it does not have; an enum survives pickling."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True)
class Store:
    """The results in a folder that may not exist yet. Cheap to make and to send to workers.

    The path is made absolute, since a worker may have another working directory. Results of other
    users are read if ``trust`` says so.
    """

    folder: Path
    trust: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", folder_here(self.folder, "store"))

    def get(self, key: str) -> Any | Literal[Missing.MISSING]:
        """The result of this key, or ``MISSING``; warns if its file is damaged."""
        path = self.path(key)
        try:
            value = self._read(path, key)
        except (FileNotFoundError, NotADirectoryError):
            return MISSING
        except (Unreadable, OSError) as error:
            is_ours = isinstance(error, Unreadable)
            reason = error if is_ours else f"A result cannot be read: {error}."
            warn(f"{reason} It is computed again.", StoreWarning)
            return MISSING
        with suppress(OSError):  # the file may be someone else's, or the folder read-only
            os.utime(path)  # pruning deletes what was used longest ago
        return value

    def put(self, key: str, value: Any, label: str = "", seconds: float | None = None) -> None:
        """Keep a result. If that fails, warn once in each process; nothing is raised."""
        try:
            whole = pack(value)
        except Exception as error:  # noqa: BLE001 - a foreign object may raise anything
            kind = type(value).__name__
            self._warn_once(kind, f"A {kind} cannot be pickled ({error}), so it is not kept.")
            return
        try:
            self.establish()
            write(self.path(key), key, whole, Note(label, seconds))
        except OSError as error:
            self.warn_of(error)

    def _read(self, path: Path, key: str) -> Any:
        """The result in a file; raises if the file is another user's, whom nothing trusts."""
        if not (self.trust or is_own(path)):
            raise OSError(f"{path} belongs to another user")
        return read(path, key)

    def __contains__(self, key: str) -> bool:
        try:
            return self.path(key).is_file()
        except OSError:  # of a folder that may not be looked into
            return False

    def keys(self) -> Iterator[str]:
        """The keys of all results, from the names of their files."""
        return (unquote(path.name.removesuffix(ENDING)) for path in self.files())

    def files(self) -> Iterator[Path]:
        """The files of all results."""
        return self.folder.glob(f"{RESULTS}/??/*{ENDING}")

    def leftovers(self) -> Iterator[Path]:
        """Unfinished files: being written now, or left by writers that were killed."""
        return self.folder.rglob(f".*{LEFTOVER}")

    def path(self, key: str) -> Path:
        """The file of a key, in one of 256 subfolders: thousands of files in one would be slow."""
        name = quote(key, safe="")
        name = name if len(name) <= LONGEST_NAME else digest(key)
        return self.folder / RESULTS / digest(key)[:2] / f"{name}{ENDING}"

    def warn_of(self, error: OSError) -> None:
        """Warn, once in each process, that the folder cannot be written to."""
        self._warn_once(
            "folder",
            f"Results cannot be kept in the store {self.folder}: {error}. The work goes on without "
            "it, and what is not kept has to run again next time. Free space there, or choose "
            "another folder.",
        )

    def _warn_once(self, what: str, message: str) -> None:
        if _first_time((str(self.folder), what)):
            warn(message, StoreWarning)

    def establish(self) -> None:
        """Make the folder, and the file that marks it as a store."""
        path = self.folder / MANIFEST
        if path.exists():
            return
        make_folder(self.folder)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"kind": KIND, "format": FORMAT, "about": ABOUT, "made": made}
        write_json(path, {**about, "made_by": versions_of(())})


def open_store(folder: Any) -> Store:
    """The store in a folder; raises if the folder is not a store."""
    store = Store(folder)
    if not _is_store(store.folder / MANIFEST):
        raise InvalidInput(
            f"The 'folder' {store.folder} is no store: it has no {MANIFEST} of one. Pass "
            "the folder that was passed to fit as 'store'."
        )
    return store


def _is_store(manifest: Path) -> bool:
    try:
        return bool(json.loads(manifest.read_bytes())["kind"] == KIND)
    except (OSError, ValueError, KeyError, TypeError):
        return False


_lock = threading.Lock()


_warned_of: set[tuple[str, str]] = set()


def _first_time(what: tuple[str, str]) -> bool:
    """Whether this is the first call with ``what`` in this process."""
    with _lock:
        new = what not in _warned_of
        _warned_of.add(what)
        return new
