"""Whose files are read: pickles can run any code as whoever opens them."""

from __future__ import annotations

import os
from pathlib import Path

from causal_dask.errors import InvalidInput

ROOT = 0
"""The user whose files need no trust, as it could do anything anyway."""


def is_own(path: Path) -> bool:
    """Whether a file or folder is of this user or of root."""
    return not hasattr(os, "geteuid") or path.stat().st_uid in (os.geteuid(), ROOT)


def check_owner(path: Path, how: str) -> None:
    """Raise if a file or folder is another user's; ``how`` says how to trust it."""
    try:
        if is_own(path):
            return
    except OSError:  # it is not there, or may not be looked at, as whoever reads it will find
        return
    raise InvalidInput(
        f"{path} belongs to another user ({_name(path)}), and holds pickles, which can run any "
        f"code as you. If you trust who wrote it, {how}."
    )


def _name(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, NotImplementedError):  # no user of this machine
        return f"number {path.stat().st_uid}"
