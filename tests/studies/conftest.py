"""A small study, and data of its settings."""

import dask
import pytest


@pytest.fixture(autouse=True)
def here():
    """Replications run in this process, one after the other, unless a test says otherwise."""
    with dask.config.set(scheduler="synchronous"):
        yield
