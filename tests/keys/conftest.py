"""Code that no package brought."""

import sys
import textwrap
import types

import pytest


@pytest.fixture
def cell(monkeypatch):
    """Runs code as a notebook would, in a module that no package brought."""

    def run(source: str) -> types.ModuleType:
        module = types.ModuleType("a_notebook")
        monkeypatch.setitem(sys.modules, "a_notebook", module)
        exec(textwrap.dedent(source), module.__dict__)  # noqa: S102 - that is the point
        return module

    return run
