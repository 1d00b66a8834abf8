"""Stored texts. To store what the code says now: UPDATE_SNAPSHOTS=1 pytest tests"""

import os
from pathlib import Path

import pytest


@pytest.fixture
def stored():
    """The text that a file holds; with UPDATE_SNAPSHOTS set, what the code says now is it."""

    def read(path: Path, now: str) -> str:
        if os.environ.get("UPDATE_SNAPSHOTS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(now, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: store it by UPDATE_SNAPSHOTS=1 pytest tests"
        return path.read_text(encoding="utf-8")

    return read
