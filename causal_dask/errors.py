"""Our errors and warnings; each error is also the builtin (or sklearn's) that a caller expects.

Exception
└── CausalDaskError
    ├── InvalidInput        (ValueError)      an argument or the data cannot be used as it is
    │   ├── InvalidJob                        a job file asks for something impossible
    │   └── InvalidData                       a job's table does not fit its job file
    ├── InvalidType         (TypeError)       an argument is of the wrong kind
    ├── NotFitted           (NotFittedError)  asked before `fit`
    ├── DeclarationError    (ValueError)      a learner's declaration contradicts itself
    ├── MissingExtra        (ImportError)     an optional package is not installed
    ├── ModelFailed         (RuntimeError)    base models raised while a plan ran
    ├── WorkersDied         (RuntimeError)    several workers died running one task
    ├── NotEnoughMemory     (MemoryError)     a single fit needs more memory than a worker has
    ├── WorkersDiffer       (RuntimeError)    workers lack a package, or have other versions
    ├── ClusterLost         (ConnectionError) the scheduler is gone, or has dropped the work
    ├── Unreachable         (ConnectionError) there is no scheduler or batch system to run on
    └── Unreadable          (ValueError)      a file of ours is damaged, or not for this version
UserWarning
└── CausalDaskWarning
    ├── ClippedPropensities                   rows whose propensity left the bounds
    ├── FewerThreads                          a worker has fewer threads than a model asks for
    ├── UnencryptedCluster                    a scheduler that others may reach has no TLS
    ├── TrainingRows                          rows that the predicting model was trained on
    ├── StoreWarning                          a store cannot be written to, or is damaged
    └── InconsistentVersions                  a learner was saved with other package versions
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import cloudpickle
from sklearn.exceptions import NotFittedError


class CausalDaskError(Exception):
    """Base class of the errors that causal-dask raises on purpose."""


class InvalidInput(CausalDaskError, ValueError):
    """An argument or the data cannot be used as it is."""


class InvalidJob(InvalidInput):
    """A job file asks for something impossible."""


class InvalidData(InvalidInput):
    """A job's table does not fit its job file."""


class InvalidType(CausalDaskError, TypeError):
    """An argument is of the wrong kind."""


class NotFitted(CausalDaskError, NotFittedError):
    """Something was asked of a learner that is not fitted yet."""


class DeclarationError(CausalDaskError, ValueError):
    """A learner's declaration contradicts itself."""


class MissingExtra(CausalDaskError, ImportError):
    """An optional package is not installed."""

    @classmethod
    def named(cls, package: str, extra: str) -> MissingExtra:
        """The error that says how to install ``package``."""
        return cls(
            f"This needs the package {package!r}, which is not installed. "
            f"Install it with: pip install 'causal-dask[{extra}]'"
        )


class ModelFailed(CausalDaskError, RuntimeError):
    """Base models raised while a plan ran; the first one's error is ``__cause__``.

    Attributes
    ----------
    labels : tuple of str
        Which fits or predictions failed, e.g. ``"DR-learner, treatment_model, variant 1, fold 2"``.
    learner : object or None
        The learner with every result that finished: its ``fit`` runs only the missing ones.
    """

    def __init__(self, message: str, labels: tuple[str, ...] = (), learner: Any = None) -> None:
        super().__init__(message)
        self.labels = labels
        self.learner = learner

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the cause, which pickle would otherwise drop."""
        arguments = (str(self), self.labels, self.learner)
        return _with_cause, (type(self), arguments, self.__cause__)


class WorkersDied(CausalDaskError, RuntimeError):
    """Several workers died, one after the other, running the same task; often out of memory."""


class WorkersDiffer(CausalDaskError, RuntimeError):
    """Workers of a cluster lack a package, or have other versions than the client."""


class NotEnoughMemory(CausalDaskError, MemoryError):
    """A single fit is predicted to need more memory than a worker has."""


class ClusterLost(CausalDaskError, ConnectionError):
    """A cluster's scheduler is gone, or has dropped the work that it was given."""


class Unreachable(CausalDaskError, ConnectionError):
    """There is no scheduler or batch system to run on."""


class Unreadable(CausalDaskError, ValueError):
    """A file that was written by this package is damaged, or not for what is installed here."""


class ShortTraceback(contextlib.ContextDecorator):
    """A block whose errors of ours leave out the calls below it: what helps is in their messages.

    So a traceback shows the user's call, and the public method that has this block or is decorated
    with it. Other errors, and those of base models, which are causes, are left as they are.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, CausalDaskError) and trace is not None:
            trace.tb_next = None
            said = "" if error.__cause__ is None else str(error.__cause__)
            if isinstance(error, InvalidInput | InvalidType) and said and said in str(error):
                error.__cause__ = None  # its words are in the message; it stays the context
                error.__suppress_context__ = True


def as_portable(error: Exception) -> Exception:
    """The error itself, or a ``RuntimeError`` with its message and notes if pickle would fail."""
    try:
        pickle.loads(cloudpickle.dumps(error))  # noqa: S301 - it was made in this process
    except Exception:  # noqa: BLE001 - a foreign error may raise anything
        replacement = RuntimeError(f"{type(error).__name__}: {error}")
        replacement.__notes__ = list(getattr(error, "__notes__", ()))
        return replacement
    return error


def _with_cause(
    cls: type[ModelFailed], arguments: tuple[Any, ...], cause: BaseException | None
) -> ModelFailed:
    made = cls(*arguments)
    made.__cause__ = cause
    return made


class CausalDaskWarning(UserWarning):
    """Base class of the warnings that causal-dask gives."""


class ClippedPropensities(CausalDaskWarning):
    """Some rows' propensities left the clipping bounds."""


class FewerThreads(CausalDaskWarning):
    """A worker has fewer threads than a model asks for."""


class UnencryptedCluster(CausalDaskWarning):
    """A cluster's scheduler listens without TLS on an interface that others may reach."""


class TrainingRows(CausalDaskWarning):
    """A model was asked to predict rows that it was trained on."""


class StoreWarning(CausalDaskWarning):
    """A result could not be kept in a store or read from it; the work goes on without it."""


class InconsistentVersions(CausalDaskWarning):
    """A learner was saved with other versions of the packages that its models need."""


OURS = (f"{Path(__file__).parent}{os.sep}", contextlib.__file__)
"""The files whose lines warnings never point at; contextlib's, as it calls what it decorates."""


def warn(message: str, kind: type[CausalDaskWarning]) -> None:
    """Warn at the line that called this package, however many calls of ours lie between."""
    level, frame = 2, sys._getframe(1)  # noqa: SLF001 - as the standard library's own warnings do
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, kind, stacklevel=level)
