"""Finished results in a folder, by the keys that say what they are. Knows no learners.

Several processes and jobs may share a folder: a file is written whole or not at all, and whoever
writes the same key writes the same result. A store that can't be used costs a warning, not a fit.
"""

from __future__ import annotations

import enum
import json
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

from causal_dask.errors import InvalidInput, InvalidType, StoreWarning, Unreadable
from causal_dask.keys.hashing import digest
from causal_dask.sources.whole_file import LEFTOVER, write_json
from causal_dask.storage.pickles import packed
from causal_dask.storage.result_file import FORMAT, Note, read, write
from causal_dask.storage.versions import versions_of

MANIFEST = "manifest.json"


KIND = "causal_dask store"


ABOUT = "Results by content, as pickles: open them only if you trust all who can write here."


RESULTS, ENDING = "results", ".result"


LONGEST_NAME = 200


class Missing(enum.Enum):
    """What a store gives where it has nothing; the same in every process."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True)
class Store:
    """The results in a folder, which need not be there yet. Cheap to make and to send to workers.

    The folder becomes absolute, since a worker may run in another one.
    """

    folder: Path

    def __post_init__(self) -> None:
        if not isinstance(self.folder, str | os.PathLike) or not str(self.folder):
            raise InvalidType(
                f"'store' must be the path of a folder. Got {type(self.folder).__name__}: "
                f"{self.folder!r}."
            )
        object.__setattr__(self, "folder", Path(self.folder).expanduser().absolute())

    def get(self, key: str) -> Any | Literal[Missing.MISSING]:
        """The result of this key, or ``MISSING``; warns of a file that is damaged."""
        path = self.path(key)
        try:
            value = read(path, key)
        except (FileNotFoundError, NotADirectoryError):
            return MISSING
        except (Unreadable, OSError) as error:
            what = error if isinstance(error, Unreadable) else f"A result cannot be read: {error}."
            warnings.warn(f"{what} It is computed again.", StoreWarning, stacklevel=2)
            return MISSING
        with suppress(OSError):  # someone else's file, or a read-only folder
            os.utime(path)  # when it was last used, which pruning goes by
        return value

    def put(self, key: str, value: Any, label: str = "", seconds: float | None = None) -> None:
        """Keep a result. What goes wrong is told once in each process, and nothing is raised."""
        try:
            whole = packed(value)
        except Exception as error:  # noqa: BLE001 - a foreign object may raise anything
            kind = type(value).__name__
            self._tell(kind, f"A {kind} cannot be pickled ({error}), so it is not kept.")
            return
        try:
            self.establish()
            write(self.path(key), key, whole, Note(label, seconds))
        except OSError as error:
            self.tell_of(error)

    def __contains__(self, key: str) -> bool:
        return self.path(key).is_file()

    def keys(self) -> Iterator[str]:
        """The keys of all results, as the names of the files have them."""
        return (unquote(path.name.removesuffix(ENDING)) for path in self.files())

    def files(self) -> Iterator[Path]:
        """The files with results."""
        return self.folder.glob(f"{RESULTS}/??/*{ENDING}")

    def leftovers(self) -> Iterator[Path]:
        """The files that are being written, and those of writers that were killed."""
        return self.folder.rglob(f".*{LEFTOVER}")

    def path(self, key: str) -> Path:
        """The file of a key: thousands of them in one folder would be slow."""
        name = quote(key, safe="")
        name = name if len(name) <= LONGEST_NAME else digest(key)
        return self.folder / RESULTS / digest(key)[:2] / f"{name}{ENDING}"

    def tell_of(self, error: OSError) -> None:
        """Warn, once in each process, that the folder can't be written to."""
        self._tell(
            "folder",
            f"Results cannot be kept in the store {self.folder}: {error}. The work goes on without "
            "it, and what is not kept would run again. Free space there, or choose another folder.",
        )

    def _tell(self, what: str, message: str) -> None:
        if _first_time((str(self.folder), what)):
            warnings.warn(message, StoreWarning, stacklevel=4)

    def establish(self) -> None:
        """Make the folder, and the file that says what it is."""
        path = self.folder / MANIFEST
        if path.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"kind": KIND, "format": FORMAT, "about": ABOUT, "made": made}
        write_json(path, {**about, "made_by": versions_of(())})


def store_in(folder: Any) -> Store:
    """The store in a folder; raises if there is none."""
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


_met: set[tuple[str, str]] = set()


def _first_time(what: tuple[str, str]) -> bool:
    """Whether something is met for the first time in this process."""
    with _lock:
        new = what not in _met
        _met.add(what)
        return new
