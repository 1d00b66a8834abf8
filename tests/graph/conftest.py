"""Stored texts. To store what the code says now: UPDATE_SNAPSHOTS=1 pytest tests/graph"""

import os
import sys
import textwrap
import types
from pathlib import Path

import pytest


@pytest.fixture
def stored():
    """The text that a file holds; with UPDATE_SNAPSHOTS set, what the code says now is it."""

    def read(path: Path, now: str) -> str:
        if os.environ.get("UPDATE_SNAPSHOTS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(now, encoding="utf-8")
        return path.read_text(encoding="utf-8")

    return read


@pytest.fixture
def cell(monkeypatch):
    """Runs code as a notebook would, in a module that no package brought."""

    def run(source: str) -> types.ModuleType:
        module = types.ModuleType("a_notebook")
        monkeypatch.setitem(sys.modules, "a_notebook", module)
        exec(textwrap.dedent(source), module.__dict__)  # noqa: S102 - that is the point
        return module

    return run
