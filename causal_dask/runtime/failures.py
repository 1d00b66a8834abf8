"""Failures as values: a failed task does not stop the others, and what has finished is kept."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from causal_dask.errors import ModelFailed, portable
from causal_dask.graph.label import Label
from causal_dask.runtime.finished import value_of

TOLD = ("while ", "tried ")
"""How the notes of an error begin that are told to users."""

OUT_OF_MEMORY = (
    "The process ran out of memory: run fewer fits at once (fewer threads for each worker, or "
    "n_jobs_base_learners and n_jobs_cross_fitting), give it more memory, or fit a smaller model "
    "or fewer rows or columns."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a task gives when its function raised, and what tasks that needed it give."""

    key: str
    error: Exception

    @classmethod
    def of(cls, key: str, error: Exception) -> Failure:
        """A failure that remembers where the error arose, but not the data on the stack."""
        trace = "".join(traceback.format_tb(error.__traceback__)[-2:])
        for each in _with_causes(error):
            each.__traceback__ = None
        error = portable(error)
        error.add_note(f"in the task {key}, at\n{trace.rstrip()}")
        return cls(key, error)


def _with_causes(error: BaseException) -> list[BaseException]:
    """An error, and those that it arose from."""
    found: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and not any(each is known for known in found):
            found.append(each)
            pending += [each.__cause__, each.__context__]
    return found


def first_failure(arguments: Iterable[Any]) -> Failure | None:
    """The first failure among a task's arguments, and their parts."""
    for argument in arguments:
        parts = argument if isinstance(argument, list) else (argument,)
        for part in parts:
            if isinstance(part, Failure):
                return part
    return None


def failures_in(results: Mapping[str, Any]) -> list[Failure]:
    """The distinct failures that some results go back to."""
    found = (value for value in results.values() if isinstance(value, Failure))
    return list({failure.key: failure for failure in found}.values())


def finished_in(results: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the results that are there."""
    return {k: value_of(result) for k, result in results.items() if not isinstance(result, Failure)}


def raise_failures(
    failures: list[Failure], labels: Mapping[str, Label], learner: Any = None, kept: str = ""
) -> None:
    """One exception for all failures, in the words of their labels; the first is its cause."""
    if not failures:
        return
    names = tuple(str(labels.get(failure.key, failure.key)) for failure in failures)
    error = ModelFailed(" ".join(_sentences(failures, names, kept)), names, learner)
    raise error from failures[0].error


def _sentences(failures: list[Failure], names: tuple[str, ...], kept: str) -> Iterator[str]:
    first = failures[0].error
    notes = [note for note in getattr(first, "__notes__", ()) if note.startswith(TOLD)]
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
