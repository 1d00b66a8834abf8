"""Keep the random number that a fit without a seed draws, so that a repeated fit gets the same.

If two jobs draw at the same time, the second to write takes the number of the first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from causal_dask.errors import StoreWarning, warn
from causal_dask.sources.whole_file import make_folder, temporary_beside, write_json
from causal_dask.storage.store import Store

ENTROPY = "entropy"


def entropy_for(folder: str | Path, request: str, draw: Callable[[], int]) -> int:
    """The number that the store has for a request, by its fingerprint; drawn if there is none."""
    store = Store(Path(folder))
    path = store.folder / ENTROPY / f"{request}.json"
    known = _read(path)
    if known is not None:
        return known
    drawn = draw()
    try:
        store.establish()
        make_folder(path.parent)
        return _agree_on(path, drawn)
    except OSError as error:
        store.warn_of(error)
        return drawn


def _read(path: Path) -> int | None:
    """The number in a file, if it has one; a damaged file is deleted."""
    try:
        return int(json.loads(path.read_bytes())["entropy"])
    except OSError:
        return None
    except (ValueError, KeyError, TypeError):
        message = f"The file {path} is damaged. A new number is drawn, so all fits run again."
        warn(message, StoreWarning)
        with suppress(OSError):
            path.unlink()
        return None


def _agree_on(path: Path, drawn: int) -> int:
    """Write ``drawn`` and return it, or return the number of a job that was faster.

    Linking fails if the name exists, so exactly one job wins, and its file is complete.
    """
    mine = temporary_beside(path)
    try:
        write_json(mine, {"entropy": drawn})
        os.link(mine, path)
    except FileExistsError:
        known = _read(path)
        return drawn if known is None else known
    finally:
        mine.unlink(missing_ok=True)
    return drawn
