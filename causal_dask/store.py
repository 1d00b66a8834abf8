"""What a store holds: listed, measured, pruned. How it is written and read is the runtime's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.storage.store import store_in
from causal_dask.storage.stored_files import (
    StoredFile,
    bytes_in,
    freed,
    is_abandoned,
    is_damaged,
    size_of,
    stored_files,
)

__all__ = ["StoreUsage", "du", "ls", "prune"]

COLUMNS = ["key", "label", "kind", "bytes", "seconds", "written", "used", "damaged"]


@dataclass(frozen=True, slots=True)
class StoreUsage:
    """How much a store holds.

    Attributes
    ----------
    n_results : int
        Results that are whole, as far as their size tells.
    n_damaged : int
        Files that are cut off or not ours. They are computed again when they are needed.
    n_leftovers : int
        Files that are being written, or whose writer was killed.
    bytes : int
        What all of them take.
    """

    n_results: int
    n_damaged: int
    n_leftovers: int
    bytes: int


def ls(folder: str | Path) -> pd.DataFrame:
    """List the results in a store.

    Parameters
    ----------
    folder : str or Path
        The store.

    Returns
    -------
    DataFrame
        A row per file, oldest first: ``key``, ``label`` (for instance "DR-learner,
        treatment_model, variant 1, fold 2"; a result that several learners share has the first
        one's), ``kind`` (the class of the model, or array), ``bytes``, the ``seconds`` it took to
        compute, when it was ``written`` and last ``used``, and whether its file is ``damaged``, as
        far as the size and the first lines tell.

    Raises
    ------
    InvalidInput
        If the folder is no store.

    Examples
    --------
    >>> import tempfile
    >>> from causal_dask.storage.store import Store
    >>> folder = tempfile.mkdtemp()
    >>> Store(folder).put("fit-1", [1.5], label="T-learner, fold 0", seconds=2.0)
    >>> ls(folder)[["key", "label", "seconds"]]
         key              label  seconds
    0  fit-1  T-learner, fold 0      2.0
    """
    rows = [_row(file) for file in stored_files(store_in(folder))]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("written", ignore_index=True)


def du(folder: str | Path) -> StoreUsage:
    """Measure a store.

    Parameters
    ----------
    folder : str or Path
        The store.

    Returns
    -------
    StoreUsage

    Raises
    ------
    InvalidInput
        If the folder is no store.

    Examples
    --------
    >>> import tempfile
    >>> from causal_dask.storage.store import Store
    >>> folder = tempfile.mkdtemp()
    >>> Store(folder).put("fit-1", [1.5])
    >>> du(folder).n_results
    1
    """
    store = store_in(folder)
    files = list(stored_files(store))
    leftovers = [size for path in store.leftovers() if (size := size_of(path)) is not None]
    n_damaged = sum(file.about is None for file in files)
    total = sum(file.size for file in files) + sum(leftovers)
    return StoreUsage(len(files) - n_damaged, n_damaged, len(leftovers), total)


def prune(
    folder: str | Path,
    *,
    older_than: timedelta | str | None = None,
    keep_bytes: int | str | None = None,
    damaged: bool = True,
    dry_run: bool = False,
) -> int:
    """Delete results from a store. What is needed later is computed again.

    Leftovers of writers that were killed are always deleted, an hour after their last byte. Seeds
    that were drawn for fits without one are always kept.

    Parameters
    ----------
    folder : str or Path
        The store.
    older_than : timedelta or str, optional
        Delete what was not written or read for this long, for instance "30 days".
    keep_bytes : int or str, optional
        Then delete what was last used longest ago, until the results take no more than this, for
        instance "10 GB".
    damaged : bool, default True
        Whether every file is read, and deleted if its checksum is wrong.
    dry_run : bool, default False
        Only say how much would be freed.

    Returns
    -------
    int
        The bytes that were freed.

    Raises
    ------
    InvalidInput, InvalidType
        If the folder is no store; if an argument cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> from causal_dask.storage.store import Store
    >>> folder = tempfile.mkdtemp()
    >>> Store(folder).put("fit-1", [1.5])
    >>> prune(folder, older_than="30 days")
    0
    >>> prune(folder, keep_bytes=0) > 0, du(folder).n_results
    (True, 0)
    """
    age, limit = _age(older_than), _limit(keep_bytes)
    store, now = store_in(folder), time.time()
    files = sorted(stored_files(store), key=lambda file: file.used)
    doomed = {file for file in files if damaged and is_damaged(file)}
    doomed |= {file for file in files if age is not None and now - file.used > age}
    doomed |= set(_beyond(limit, [file for file in files if file not in doomed]))
    abandoned = [path for path in store.leftovers() if is_abandoned(path, now)]
    return sum(freed(path, dry_run) for path in [*(file.path for file in doomed), *abandoned])


def _row(file: StoredFile) -> tuple[Any, ...]:
    used = datetime.fromtimestamp(file.used, UTC).replace(microsecond=0)
    if file.about is None:
        return (file.path.stem, "", "", file.size, None, used, used, True)
    about, written = file.about, datetime.fromisoformat(file.about.written)
    return (about.key, about.label, about.kind, file.size, about.seconds, written, used, False)


def _beyond(limit: float, files: list[StoredFile]) -> Iterator[StoredFile]:
    """The files used longest ago that are too much."""
    total = sum(file.size for file in files)
    for file in files:
        if total <= limit:
            return
        total -= file.size
        yield file


def _age(older_than: timedelta | str | None) -> float | None:
    """A length of time in seconds; a bare number could be days or seconds, so it is none."""
    if older_than is None:
        return None
    if not isinstance(older_than, timedelta | str):
        raise InvalidType(
            f"'older_than' must be a timedelta or a text such as '30 days'. Got {older_than!r}."
        )
    try:
        return float(pd.Timedelta(older_than).total_seconds())
    except ValueError as error:
        raise InvalidInput(
            f"'older_than' must be a length of time such as '30 days'. Got {older_than!r}."
        ) from error


def _limit(keep_bytes: int | str | None) -> float:
    if keep_bytes is None:
        return float("inf")
    number = bytes_in(keep_bytes) if isinstance(keep_bytes, str) else keep_bytes
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise InvalidInput(
            "'keep_bytes' must be a whole number from 0, or a text such as '10 GB'. Got "
            f"{keep_bytes!r}."
        )
    return number
