"""Base models that fail on purpose, and a cluster to fail on.

The classes are made inside functions, so that they travel by value to other processes.
"""

import threading
import uuid
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import dask
import pytest
from distributed import Client, LocalCluster
from sklearn.linear_model import LinearRegression

from causal_dask.datasets import make_study

MARK = 1.25
"""The first feature of row 0: the fit that does not see it is the one without row 0's fold."""


@pytest.fixture(scope="package")
def client():
    """Two worker processes, for those who ask for them only."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as connected,
    ):
        yield connected


@pytest.fixture(scope="package")
def processes():
    """Two processes for Dask's own scheduler of processes, kept from test to test."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="session")
def marked():
    """Covariates, outcomes and variants in which row 0 can be told from all others."""
    study = make_study(120, n_variants=2, random_state=0)
    X = study.X.copy()
    X[0, 0] = MARK
    return X, study.y, study.w


def errors_of_kind():
    """What models raise, by kind; made here, so that it travels by value."""

    class TwoArguments(Exception):
        def __init__(self, first, second):
            super().__init__(f"{first} and {second}")

    class HoldsLock(Exception):
        def __init__(self):
            super().__init__("it holds a lock")
            self.lock = threading.Lock()

    return {
        "plain": lambda: ValueError("no convergence\nand a second line"),
        "two arguments": lambda: TwoArguments("this", "that"),
        "unpicklable": HoldsLock,
    }


def failing_class():
    """A linear model that leaves a file per fit, and fails without row 0 while it is broken."""
    errors, mark = errors_of_kind(), MARK

    class Fails(LinearRegression):
        def __init__(self, folder=None, kind="plain"):
            super().__init__()
            self.folder, self.kind = folder, kind

        def fit(self, X, y, sample_weight=None):
            if (self.folder / "broken").exists() and mark not in X[:, 0]:
                error = errors[self.kind]()
                raise error
            (self.folder / f"fit-{uuid.uuid4().hex}").touch()
            return super().fit(X, y, sample_weight)

    return Fails


@pytest.fixture(scope="session")
def fails():
    return failing_class()


@pytest.fixture(params=["threads", "synchronous", "processes", "cluster"])
def scheduler(request):
    """Runs what is inside on one of Dask's schedulers."""
    if request.param == "cluster":
        return request.getfixturevalue("client").as_current
    pool = request.getfixturevalue("processes") if request.param == "processes" else None
    return partial(dask.config.set, scheduler=request.param, pool=pool)


@pytest.fixture
def broken(tmp_path):
    """The folder of models that fail in one fold for as long as it says so."""
    (tmp_path / "broken").touch()
    return tmp_path


@pytest.fixture
def fits_done(broken):
    """How many fits have left a file."""
    return lambda: len(list(broken.glob("fit-*")))
