"""Stored texts, and processes that start quickly.

To store what the code says now: UPDATE_SNAPSHOTS=1 pytest tests
"""

import os
import sys
from multiprocessing import get_context
from pathlib import Path

import dask
import pytest
from distributed.utils import get_mp_context

IMPORTED = ["causal_dask", "dask.dataframe", "distributed.nanny", "pyarrow.dataset", "xgboost"]
FORKED = {"distributed.worker.multiprocessing-method": "forkserver"}
FORKED |= {"multiprocessing.context": "forkserver"}


@pytest.fixture(scope="session", autouse=True)
def quick_processes():
    """Workers are forks of a process that has imported all once, which takes seconds each time."""
    with dask.config.set(FORKED):
        get_mp_context()  # so that distributed does not set its own list later
        get_context("forkserver").set_forkserver_preload(IMPORTED)
        yield


@pytest.fixture(autouse=True)
def no_figures_left():
    """Close the figures of a test: pyplot keeps them, and warns once there are many."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


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
