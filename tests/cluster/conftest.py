"""A cluster of two processes, and what its scheduler and workers have to say."""

import logging

import pytest
from distributed import Client, LocalCluster

collect_ignore = ["client_to_kill.py"]  # a program, which tests start


@pytest.fixture(scope="package")
def workers():
    """Two worker processes of one thread each."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        yield cluster


@pytest.fixture
def client(workers):
    """A client that is current for one test only."""
    with Client(workers) as connected:
        yield connected


@pytest.fixture
def warned():
    """The warnings and errors that distributed logs in this process, where its scheduler runs."""
    messages = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())
    logger = logging.getLogger("distributed.scheduler")
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)
