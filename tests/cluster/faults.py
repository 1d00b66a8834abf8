"""Base models that leave traces and cause trouble, and processes to kill.

The classes are made inside functions, so that they travel by value to other processes.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

from sklearn.linear_model import LinearRegression, LogisticRegression

from causal_dask import DRLearner, store
from causal_dask.datasets import make_study

LIMIT = 120
"""Seconds after which a wait has failed."""

MARK = 1.25
"""The first feature of row 0: the fit that does not see it is the one without row 0's fold."""

STUDY = make_study(120, n_variants=2, random_state=0)
STUDY.X[0, 0] = MARK
DATA = STUDY.X, STUDY.y, STUDY.w
NAP = 0.1
"""Seconds of a fit that is to be killed."""

N_FITS = 12
"""Those of a DR-learner with 3 folds whose propensities leave no trace."""


def marking_class():
    """A linear model that leaves a file when a fit begins and another when it ends.

    ``trouble`` strikes the fit without row 0's fold.
    """
    mark = MARK

    class Marks(LinearRegression):
        def __init__(self, folder=None, nap=0.0, trouble=""):
            super().__init__()
            self.folder, self.nap, self.trouble = folder, nap, trouble

        def fit(self, X, y, sample_weight=None):
            name = uuid.uuid4().hex
            (Path(self.folder) / f"begun-{os.getpid()}-{name}").touch()
            time.sleep(self.nap)
            if self.trouble and mark not in X[:, 0]:
                self.strike()
            super().fit(X, y, sample_weight)
            (Path(self.folder) / f"done-{name}").touch()
            return self

        def strike(self):
            if self.trouble == "exit":
                os._exit(1)
            if self.trouble == "memory":
                raise MemoryError("Unable to allocate 8.00 GiB")
            once = Path(self.folder) / "struck"
            if not once.exists():
                once.touch()
                raise ValueError("a bad day")

    return Marks


def learner_of(folder, nap=0.0, trouble="", cls=DRLearner, **parameters):
    """A learner of marking models; only the second stage's make trouble."""
    marks = marking_class()
    given = {
        "nuisance_model_factory": marks(str(folder), nap),
        "propensity_model_factory": LogisticRegression(),
        "treatment_model_factory": marks(str(folder), nap, trouble),
        "n_folds": 3,
        "random_state": 0,
    }
    return cls(**{**given, **parameters})


def begun(folder):
    """The processes in which fits have begun."""
    return [int(path.name.split("-")[1]) for path in Path(folder).glob("begun-*")]


def n_done(folder):
    """How many fits have ended."""
    return len(list(Path(folder).glob("done-*")))


def stored(folder):
    """The keys and labels in a store, which a client may not have lived to make."""
    made = (Path(folder) / "manifest.json").exists()
    return dict(store.ls(folder)[["key", "label"]].to_numpy()) if made else {}


def until(condition, what, limit=LIMIT):
    """Wait for a condition, not for ever."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {limit} s: {what}")


def kill(*pids):
    """Kill -9 whatever of these is still there."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@contextmanager
def process(*arguments, **options):
    """A Python process, which is gone at the end."""
    running = subprocess.Popen([sys.executable, *map(str, arguments)], **options)
    try:
        yield running
    finally:
        running.kill()
        running.wait(LIMIT)


@contextmanager
def scheduler_process(folder):
    """A scheduler of its own, and the file with its address."""
    file = Path(folder) / "scheduler.json"
    arguments = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with process("-m", "distributed.cli.dask_scheduler", *arguments, **quiet) as running:
        until(lambda: file.exists() and file.stat().st_size, "the scheduler's file")
        yield running, file


@contextmanager
def worker_process(scheduler_file, **options):
    """A worker of one thread without a nanny."""
    arguments = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "10")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    module = "distributed.cli.dask_worker"
    with process("-m", module, *arguments, "--scheduler-file", scheduler_file, **quiet) as running:
        yield running
