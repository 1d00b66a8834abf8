"""What a task gives: its value, and when, where and for how long it ran."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import psutil
from dask.sizeof import sizeof

from causal_dask.declared import saved, task
from causal_dask.runtime.worker import this_worker

LONG = 0.01
"""Seconds beyond which a task's memory is looked up, which takes some microseconds."""


@saved("Timing")
class Timing(NamedTuple):
    """When a task began (seconds since 1970), how long it took, where, and its memory at the end.

    ``memory`` is in bytes, of the task's process. If ``loaded`` from a store, ``seconds`` are those
    of reading it. ``threads`` are those it was given.
    """

    start: float
    seconds: float
    worker: str
    thread: int
    memory: int | None
    loaded: bool = False
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Finished:
    """A task's value and its timing."""

    value: Any
    timing: Timing

    def __sizeof__(self) -> int:
        return int(sizeof(self.value))


class Watch:
    """A stopwatch that runs from when it is made."""

    __slots__ = ("clock", "start")

    def __init__(self) -> None:
        self.start, self.clock = time.time(), time.perf_counter()

    def timing(self, threads: int = 1) -> Timing:
        """The timing of what ran here since then."""
        seconds = time.perf_counter() - self.clock
        memory = psutil.Process().memory_info().rss if seconds > LONG else None
        return Timing(self.start, seconds, _worker(), threading.get_ident(), memory,
                      threads=threads)  # fmt: skip


@task("timing_of")
def timing_of(finished: Finished) -> Timing:
    """The timing of a task whose value stays where it is."""
    return finished.timing


def value_of(result: Any) -> Any:
    """The value of a task that has finished; anything else as it is."""
    return result.value if isinstance(result, Finished) else result


def timings_in(results: Mapping[str, Any]) -> dict[str, Timing]:
    """When and where the finished results were made, by key."""
    return {key: r.timing for key, r in results.items() if isinstance(r, Finished)}


def values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The values in a task's arguments, alone or in lists, without their timings."""
    return {
        word: _parts(argument) if isinstance(argument, list) else value_of(argument)
        for word, argument in arguments.items()
    }


def _parts(argument: list[Any]) -> list[Any]:
    finished = any(isinstance(part, Finished) for part in argument)
    return [value_of(part) for part in argument] if finished else argument


def _worker() -> str:
    """The address of the worker that this runs on, or the number of the process."""
    worker = this_worker()
    return f"process {os.getpid()}" if worker is None else str(worker.address)
