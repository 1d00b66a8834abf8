"""List, measure and prune the results in a store. Writing them is up to ``storage``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from causal_dask.errors import InvalidInput, InvalidType, ShortTraceback
from causal_dask.runtime.sizes import bytes_in
from causal_dask.storage.store import open_store
from causal_dask.storage.stored_files import (
    StoredFile,
    free,
    is_abandoned,
    is_damaged,
    size_of,
    stored_files,
)

__all__ = ["StoreUsage", "du", "ls", "prune"]


def __dir__() -> list[str]:
    return __all__


COLUMNS = ["key", "label", "kind", "bytes", "seconds", "written", "used", "damaged"]


@dataclass(frozen=True, slots=True)
class StoreUsage:
    """The number of files in a store, and their size.

    Attributes
    ----------
    n_results : int
        Results that are undamaged, judging by their size and first lines.
    n_damaged : int
        Files that are truncated or not ours. Their results are computed again when needed.
    n_leftovers : int
        Unfinished files: being written now, or left by writers that were killed.
    bytes : int
        The size of all of them.
    """

    n_results: int
    n_damaged: int
    n_leftovers: int
    bytes: int


@ShortTraceback()
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
        treatment_model, variant 1, fold 2"; results that learners share have the label of the first
        to compute them), ``kind`` (the class of the model, or array), ``bytes``, the ``seconds`` it
        took to compute, when it was ``written`` and last ``used``, and whether its file is
        ``damaged``, judging by its size and first lines.

    Raises
    ------
    InvalidInput
        If the folder is not a store.

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
    rows = [_row(file) for file in stored_files(open_store(folder))]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("written", ignore_index=True)


@ShortTraceback()
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
        If the folder is not a store.

    Examples
    --------
    >>> import tempfile
    >>> from causal_dask.storage.store import Store
    >>> folder = tempfile.mkdtemp()
    >>> Store(folder).put("fit-1", [1.5])
    >>> du(folder).n_results
    1
    """
    store = open_store(folder)
    files = list(stored_files(store))
    leftovers = [size for path in store.leftovers() if (size := size_of(path)) is not None]
    n_damaged = sum(file.about is None for file in files)
    total = sum(file.size for file in files) + sum(leftovers)
    return StoreUsage(len(files) - n_damaged, n_damaged, len(leftovers), total)


@ShortTraceback()
def prune(
    folder: str | Path,
    *,
    older_than: timedelta | str | None = None,
    keep_bytes: int | str | None = None,
    damaged: bool = True,
    dry_run: bool = False,
) -> int:
    """Delete results from a store; those that are needed later are computed again.

    Unfinished files of killed writers are always deleted, an hour after they were last written to.
    Seeds that were drawn for fits without one are always kept.

    Parameters
    ----------
    folder : str or Path
        The store.
    older_than : timedelta or str, optional
        Delete results that were not written or read for this long, for instance "30 days".
    keep_bytes : int or str, optional
        Then delete the results used longest ago, until the rest take no more than this, for
        instance "10 GB".
    damaged : bool, default True
        Whether to read every file, and delete those whose checksum is wrong.
    dry_run : bool, default False
        Only return how much would be freed.

    Returns
    -------
    int
        The bytes that were freed.

    Raises
    ------
    InvalidInput, InvalidType
        If the folder is not a store; if an argument cannot be used.

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
    store, now = open_store(folder), time.time()
    files = sorted(stored_files(store), key=lambda file: file.used)
    doomed = {file for file in files if damaged and is_damaged(file)}
    doomed |= {file for file in files if age is not None and now - file.used > age}
    doomed |= set(_beyond(limit, [file for file in files if file not in doomed]))
    abandoned = [path for path in store.leftovers() if is_abandoned(path, now)]
    return sum(free(path, dry_run) for path in [*(file.path for file in doomed), *abandoned])


def _row(file: StoredFile) -> tuple[Any, ...]:
    used = datetime.fromtimestamp(file.used, UTC).replace(microsecond=0)
    if file.about is None:
        return (file.path.stem, "", "", file.size, None, used, used, True)
    about, written = file.about, datetime.fromisoformat(file.about.written)
    return (about.key, about.label, about.kind, file.size, about.seconds, written, used, False)


def _beyond(limit: float, files: list[StoredFile]) -> Iterator[StoredFile]:
    """The files used longest ago, until the rest fit within the limit."""
    total = sum(file.size for file in files)
    for file in files:
        if total <= limit:
            return
        total -= file.size
        yield file


def _age(older_than: timedelta | str | None) -> float | None:
    """A length of time in seconds; a bare number is refused, since it has no unit."""
    if older_than is None:
        return None
    if not isinstance(older_than, timedelta | str):
        raise InvalidType(
            f"'older_than' must be a timedelta or a text such as '30 days'. Got {older_than!r}."
        )
    with suppress(ValueError):
        seconds = float(pd.Timedelta(older_than).total_seconds())
        if seconds >= 0:
            return seconds
    raise InvalidInput(
        f"'older_than' must be a length of time such as '30 days'. Got {older_than!r}."
    )


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
