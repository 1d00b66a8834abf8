"""Failures as values: a failed task stops no other, and all failures are reported together."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from causal_dask.errors import ModelFailed, WorkersDied, as_portable
from causal_dask.graph.label import Label
from causal_dask.graph.note import NO_NOTE
from causal_dask.plans.plan import Plan
from causal_dask.runtime.results import value_of
from causal_dask.runtime.worker import is_killed_worker

if TYPE_CHECKING:
    from distributed import KilledWorker

NOTES_SHOWN = ("while ", "tried ")
"""The beginnings of those notes of an error that users get to see."""


OUT_OF_MEMORY = (
    "The process ran out of memory: run fewer fits at once (fewer threads for each worker, or "
    "n_jobs_base_learners and n_jobs_cross_fitting), give it more memory, or fit a smaller model "
    "or fewer rows or columns."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """The result of a task whose function raised, and of every task that reads it."""

    key: str
    error: Exception

    @classmethod
    def of(cls, key: str, error: Exception) -> Failure:
        """A failure that keeps the last lines of the traceback as text, but not the frames.

        Frames refer to the data that the task worked on, which would then stay in memory.
        """
        trace = "".join(traceback.format_tb(error.__traceback__)[-2:])
        for each in _with_causes(error):
            each.__traceback__ = None
        error = as_portable(error)
        error.add_note(f"in the task {key}, at\n{trace.rstrip()}")
        return cls(key, error)


def first_failure(arguments: Iterable[Any]) -> Failure | None:
    """The first failure among a task's arguments and the parts of lists."""
    for argument in arguments:
        parts = argument if isinstance(argument, list) else (argument,)
        for part in parts:
            if isinstance(part, Failure):
                return part
    return None


def failures_in(results: Mapping[str, Any]) -> list[Failure]:
    """The distinct failures among some results: a failure is passed on to all that need it."""
    found = (value for value in results.values() if isinstance(value, Failure))
    return list({failure.key: failure for failure in found}.values())


def finished_in(results: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the results that are not failures."""
    return {k: value_of(result) for k, result in results.items() if not isinstance(result, Failure)}


def failure_of(plan: Plan, key: str, error: BaseException) -> Failure:
    """The failure of an output that Dask could not compute."""
    if is_killed_worker(error):
        return _killed(plan, key, error)
    return Failure(key, as_portable(error if isinstance(error, Exception) else RuntimeError(error)))


def was_killed(result: Any) -> bool:
    """Whether a result is a failure because workers died."""
    return isinstance(result, Failure) and isinstance(result.error, WorkersDied)


def as_workers_died(error: KilledWorker, rows: int | None = None) -> WorkersDied:
    """The same error in words for users."""
    explained = WorkersDied(
        f"{error.allowed_failures + 1} workers died, one after the other, while they ran this "
        f"task{'' if rows is None else f' on {rows:,} rows'}. Most often a worker is killed when "
        "it is out of memory: run fewer fits at once on each (fewer threads per worker), give "
        "workers more memory, or fit a smaller model or fewer rows or columns. Their logs may say "
        "more."
    )
    explained.__cause__ = error
    return explained


def raise_failures(
    failures: list[Failure], labels: Mapping[str, Label], learner: Any = None, kept: str = ""
) -> None:
    """Raise one error that names all failures by their labels; the first is its cause."""
    if not failures:
        return
    names = tuple(str(labels.get(failure.key, failure.key)) for failure in failures)
    error = ModelFailed(" ".join(_sentences(failures, names, kept)), names, learner)
    raise error from failures[0].error


def _killed(plan: Plan, key: str, error: KilledWorker) -> Failure:
    """The failure of the task that workers died in, which may be one that the output needs."""
    contents: dict[Any, str] = {run_as: content for content, run_as in plan.keys.items()}
    blamed = contents.get(error.task, key)
    work = plan.notes.get(blamed, NO_NOTE).work
    return Failure(blamed, as_workers_died(error, work.rows if work else None))


def _with_causes(error: BaseException) -> list[BaseException]:
    """An error and the errors that led to it."""
    found: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and not any(each is known for known in found):
            found.append(each)
            pending += [each.__cause__, each.__context__]
    return found


def _sentences(failures: list[Failure], names: tuple[str, ...], kept: str) -> Iterator[str]:
    first = failures[0].error
    notes = [note for note in getattr(first, "__notes__", ()) if note.startswith(NOTES_SHOWN)]
    yield f"{names[0]}: {type(first).__name__}: {str(first).strip().partition(chr(10))[0]}"
    if notes:
        yield f"({'; '.join(notes)})."
    if isinstance(first, MemoryError):
        yield OUT_OF_MEMORY
    if len(failures) > 1:
        shown = "; ".join(names[1:4]) + ("; …" if len(names) > 4 else "")
        yield f"{len(failures) - 1} more failed: {shown}."
    if kept:
        yield kept
