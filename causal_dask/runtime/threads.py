"""Threads inside a task: never more than it was given, whatever the libraries would take.

OpenMP counts threads per calling thread, so its limit is set around each call. BLAS has one count
per process: it is one as long as any task runs, and what it was when none does.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dask.system import CPU_COUNT
from threadpoolctl import ThreadpoolController

from causal_dask.graph.execution import Alteration


class _Blas:
    """The process-wide limit on BLAS, held while tasks run."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holders = 0
        self.before: dict[str, tuple[Any, int]] = {}

    def hold(self, controller: ThreadpoolController) -> None:
        """Limit every BLAS that nobody has limited yet."""
        with self.lock:
            self.holders += 1
            for library in controller.select(user_api="blas").lib_controllers:
                if library.filepath not in self.before:
                    self.before[library.filepath] = library, library.get_num_threads()
                    _set_process_wide(library, 1)

    def release(self) -> None:
        """Give BLAS its threads back, if nobody needs the limit any more."""
        with self.lock:
            self.holders -= 1
            if self.holders == 0:
                for library, threads in self.before.values():
                    _set_process_wide(library, threads)
                self.before.clear()


def _set_process_wide(library: Any, threads: int) -> None:
    """Set a count that all threads of the process share.

    Since threadpoolctl 3.8 OpenBLAS obeys the first thread that asks, for as long as it lives, and
    silently no other; but our first task and our last may run on any threads.
    """
    let_go = getattr(library, "clear_controlling_thread", lambda **_: None)
    let_go(force=True)
    library.set_num_threads(threads)
    let_go(force=True)


class _Controllers:
    """The libraries that are loaded, looked up again when modules have been imported since."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.n_modules = 0
        self.controller: ThreadpoolController | None = None

    def current(self) -> ThreadpoolController:
        """A controller that knows every library loaded so far."""
        with self.lock:
            if self.controller is None or self.n_modules != len(sys.modules):
                self.n_modules, self.controller = len(sys.modules), ThreadpoolController()
            return self.controller


_blas = _Blas()
_controllers = _Controllers()


def alterations(jobs_of_fits: Mapping[str, tuple[tuple[str, int], ...]]) -> dict[str, Alteration]:
    """How fits are run whose threads the user has set; -1 takes the machine's processors."""
    resolved = {
        key: tuple((name, count if count > 0 else CPU_COUNT) for name, count in jobs)
        for key, jobs in jobs_of_fits.items()
    }
    return {
        key: Alteration(max(count for _, count in jobs), {"jobs": jobs})
        for key, jobs in resolved.items()
        if any(count > 1 for _, count in jobs)
    }


@contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """A block in which OpenMP uses at most ``threads`` threads and BLAS one."""
    controller = _controllers.current()
    _blas.hold(controller)
    try:
        with controller.select(user_api="openmp").limit(limits=threads):
            yield
    finally:
        _blas.release()
