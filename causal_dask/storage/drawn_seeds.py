"""The random number that a fit without a seed has drawn, kept so that a resumed one draws the same.

Two jobs that begin at once end with one number: whoever comes second takes the first one's.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from causal_dask.errors import StoreWarning
from causal_dask.sources.whole_file import unnamed_beside, write_json
from causal_dask.storage.store import Store

ENTROPY = "entropy"


def entropy_for(folder: str | Path, request: str, draw: Callable[[], int]) -> int:
    """The number that the store has for a request's fingerprint; a new one if it has none."""
    store = Store(Path(folder))
    path = store.folder / ENTROPY / f"{request}.json"
    known = _known(path)
    if known is not None:
        return known
    drawn = draw()
    try:
        store.establish()
        path.parent.mkdir(exist_ok=True)
        return _agreed(path, drawn)
    except OSError as error:
        store.tell_of(error)
        return drawn


def _known(path: Path) -> int | None:
    """The number in a file; a file that has none makes room for another."""
    try:
        return int(json.loads(path.read_bytes())["entropy"])
    except OSError:
        return None
    except (ValueError, KeyError, TypeError):
        what = f"The file {path} is damaged. A new random number is drawn, so all fits run again."
        warnings.warn(what, StoreWarning, stacklevel=3)
        with suppress(OSError):
            path.unlink()
        return None


def _agreed(path: Path, drawn: int) -> int:
    """``drawn``, unless another job was faster; a link is made once, and to a whole file only."""
    mine = unnamed_beside(path)
    try:
        write_json(mine, {"entropy": drawn})
        os.link(mine, path)
    except FileExistsError:
        known = _known(path)
        return drawn if known is None else known
    finally:
        mine.unlink(missing_ok=True)
    return drawn
