"""Every error and warning of ours; each is also the builtin (or sklearn's) a caller expects.

Exception
└── CausalDaskError
    ├── InvalidInput        (ValueError)      an argument or the data cannot be used as it is
    │   ├── InvalidJob                        a job file says something that no job can
    │   └── InvalidData                       a job's table cannot be used as its file says
    ├── InvalidType         (TypeError)       an argument is of the wrong kind
    ├── NotFitted           (NotFittedError)  asked before `fit`
    ├── DeclarationError    (ValueError)      a learner's declaration contradicts itself
    ├── MissingExtra        (ImportError)     an optional package is not installed
    ├── ModelFailed         (RuntimeError)    base models raised while a plan ran
    ├── WorkersDied         (RuntimeError)    one worker after the other died in a task
    ├── WorkersDiffer       (RuntimeError)    workers lack a package, or have other versions
    ├── ClusterLost         (ConnectionError) the scheduler is gone, or has dropped the work
    ├── Unreachable         (ConnectionError) there is no scheduler or batch system to run on
    └── Unreadable          (ValueError)      a file of ours is damaged, or not for this version
UserWarning
└── CausalDaskWarning
    ├── ClippedPropensities                   rows whose propensity left the bounds
    ├── FewerThreads                          a worker has fewer threads than a model asks for
    ├── TrainingRows                          rows that the predicting model was trained on
    ├── StoreWarning                          a store that cannot be written, or is damaged
    └── InconsistentVersions                  a learner saved with other versions of its packages
"""

from __future__ import annotations

import pickle
from typing import Any

import cloudpickle
from sklearn.exceptions import NotFittedError


class CausalDaskError(Exception):
    """Base class of the errors that causal-dask raises on purpose."""


class InvalidInput(CausalDaskError, ValueError):
    """An argument or the data cannot be used as it is."""


class InvalidJob(InvalidInput):
    """A job file says something that no job can."""


class InvalidData(InvalidInput):
    """A job's table cannot be used as its file says."""


class InvalidType(CausalDaskError, TypeError):
    """An argument is of the wrong kind."""


class NotFitted(CausalDaskError, NotFittedError):
    """A fitted learner was needed."""


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
        The learner with everything that did finish: its ``fit`` runs only what is missing.
    """

    def __init__(self, message: str, labels: tuple[str, ...] = (), learner: Any = None) -> None:
        super().__init__(message)
        self.labels = labels
        self.learner = learner

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (str(self), self.labels, self.learner)
        return _caused, (type(self), arguments, self.__cause__)


class WorkersDied(CausalDaskError, RuntimeError):
    """One worker after the other died while it ran a task, most often out of memory."""


class WorkersDiffer(CausalDaskError, RuntimeError):
    """Workers of a cluster lack a package, or have other versions than the client."""


class ClusterLost(CausalDaskError, ConnectionError):
    """A cluster's scheduler is gone, or has dropped the work that it was given."""


class Unreachable(CausalDaskError, ConnectionError):
    """There is no scheduler or batch system to run on."""


class Unreadable(CausalDaskError, ValueError):
    """A file that was written by this package is damaged, or not for what is installed here."""


def portable(error: Exception) -> Exception:
    """An error itself, or one that says the same where pickle would lose it on the way."""
    try:
        pickle.loads(cloudpickle.dumps(error))  # noqa: S301 - it was made in this process
    except Exception:  # noqa: BLE001 - whatever a foreign error raises, it can't travel
        told = RuntimeError(f"{type(error).__name__}: {error}")
        told.__notes__ = list(getattr(error, "__notes__", ()))
        return told
    return error


def _caused(
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


class TrainingRows(CausalDaskWarning):
    """Predictions were asked of a model for rows it was trained on."""


class StoreWarning(CausalDaskWarning):
    """A result could not be kept in a store or read from it; the work goes on without."""


class InconsistentVersions(CausalDaskWarning):
    """A learner was saved with other versions of the packages that its models are from."""
