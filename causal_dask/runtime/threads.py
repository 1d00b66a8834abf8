"""Threads inside a task: never more than it was given, whatever the libraries would take.

OpenMP counts threads per calling thread, so its limit is set around each call. BLAS has one count
per process: 1 while any task runs, and what it was before once none does. A task with several
threads waits until the running ones leave it that many.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dask
from dask.base import get_scheduler
from dask.local import get_sync
from dask.system import CPU_COUNT
from threadpoolctl import ThreadpoolController

from causal_dask.graph.note import Notes, ThreadCounts
from causal_dask.plans.execution import Alteration
from causal_dask.runtime.worker import is_client, this_worker


class _Running:
    """The threads that the tasks of this process hold, and the limit on BLAS while they do."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.threads = 0
        self.holders = 0
        self.before: dict[str, tuple[Any, int]] = {}

    def enter(self, threads: int, blas: Sequence[Any]) -> None:
        """Wait for ``threads`` and take them; limit every BLAS that is not limited yet."""
        with self.changed:
            # A task with one thread never waits: the scheduler starts no more of them than it has
            # slots. One with more threads than there are slots runs when it is alone.
            if threads > 1:
                most = slots_here() - threads
                self.changed.wait_for(lambda: self.threads <= max(most, 0))
            self.threads += threads
            self.holders += 1
            # Only who limits a library first sees the user's own count; a library loaded by a later
            # task (an import in its fit) is limited then.
            for library in blas:
                if library.filepath not in self.before:
                    self.before[library.filepath] = library, library.get_num_threads()
                    _set_process_wide(library, 1)

    def leave(self, threads: int) -> None:
        """Give ``threads`` back; the last one to leave gives BLAS the count it had."""
        with self.changed:
            self.threads -= threads
            self.holders -= 1
            if self.holders == 0:
                for library, before in self.before.values():
                    _set_process_wide(library, before)
                self.before.clear()
            self.changed.notify_all()


def _set_process_wide(library: Any, threads: int) -> None:
    """Set a count that all threads of the process share.

    Since threadpoolctl 3.8, OpenBLAS obeys only the first thread that sets it, for as long as that
    thread lives, and ignores others silently. The first and the last task may run on different
    threads, so control is released before and after.
    """
    let_go = getattr(library, "clear_controlling_thread", lambda **_: None)
    let_go(force=True)
    library.set_num_threads(threads)
    let_go(force=True)


class _Libraries:
    """The loaded libraries, looked up again only when modules were imported."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.n_modules = 0
        self.by_kind: dict[str, list[Any]] = {}

    def current(self) -> dict[str, list[Any]]:
        """The libraries loaded now, by "blas" and "openmp"."""
        with self.lock:
            if self.n_modules != len(sys.modules):
                self.n_modules, found = len(sys.modules), ThreadpoolController()
                self.by_kind = {
                    kind: found.select(user_api=kind).lib_controllers for kind in ("blas", "openmp")
                }
            return self.by_kind


_running = _Running()


_libraries = _Libraries()


def alterations(notes: Notes) -> dict[str, Alteration]:
    """How to run the nodes whose threads the user has set; -1 takes all."""
    return {
        key: Alteration(note.threads.count, note.threads.arguments)
        for key, note in notes.items()
        if note.threads.count != 1
    }


@contextmanager
def hold_blas() -> Iterator[None]:
    """Hold BLAS at one thread for a block, so that its tasks need not limit and restore it each."""
    _running.enter(0, _libraries.current()["blas"])
    try:
        yield
    finally:
        _running.leave(0)


@contextmanager
def limit_threads(threads: int) -> Iterator[None]:
    """Limit OpenMP to ``threads`` threads and BLAS to one for a block."""
    libraries = _libraries.current()
    _running.enter(threads, libraries["blas"])
    before = [(library, library.get_num_threads()) for library in libraries["openmp"]]
    try:
        for library, _ in before:
            library.set_num_threads(threads)
        yield
    finally:
        for library, count in before:
            library.set_num_threads(count)
        _running.leave(threads)


def grant(threads: int) -> int:
    """Grant the threads asked for, at most those of this worker; -1 asks for all."""
    if threads == 1:
        return 1
    here = slots_here()
    return here if threads < 1 else min(threads, here)


def grant_counts(counts: ThreadCounts) -> ThreadCounts:
    """Cut each count of a model's parameters to the threads of this worker."""
    return ThreadCounts((name, grant(count)) for name, count in counts)


def slots_here() -> int:
    """The threads of this worker, or of the scheduler in this process."""
    worker = this_worker()
    return _of_this_machine() if worker is None else int(worker.state.nthreads)


def slots_of_a_worker(schedule: Callable[..., Any]) -> int:
    """The threads that a task can have at most: of the smallest worker, or of this machine."""
    if is_a_cluster(schedule):
        return min(_nthreads(schedule), default=1)
    return _of_this_machine()


def slots_in_use() -> int:
    """The threads of the scheduler that Dask would use, of all its workers."""
    schedule = get_scheduler()
    if schedule is not None and is_a_cluster(schedule):
        return sum(_nthreads(schedule)) or 1
    return 1 if schedule is get_sync else _of_this_machine()


def is_a_cluster(schedule: Any) -> bool:
    """Whether what Dask would run on is a cluster's client, which knows its futures."""
    return is_client(getattr(schedule, "__self__", None))


def _nthreads(schedule: Callable[..., Any]) -> list[int]:
    return list(schedule.__self__.nthreads().values())  # type: ignore[attr-defined]


def _of_this_machine() -> int:
    return int(dask.config.get("num_workers", None) or CPU_COUNT)
