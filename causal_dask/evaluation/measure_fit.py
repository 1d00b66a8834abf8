"""Measure one fit: wall and processor seconds, memory, and how busy the threads were."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.parallelism_settings import with_threads
from causal_dask.runtime.threads import slots_in_use

SAMPLING_INTERVAL = 0.02
"""Seconds between two samples of memory: short enough to see the peak of a fit of a second."""


def measure_fit(
    learner: MetaLearner, setting: Mapping[str, Any], data: tuple[Any, Any, Any]
) -> dict[str, float]:
    """Fit a copy of a learner under a setting: ``wall``, ``cpu``, ``memory``, ``efficiency``."""
    caps = {name: value for name, value in setting.items() if name != "n_jobs"}
    unfitted = with_threads(learner, setting.get("n_jobs"))
    with _measuring() as measures:
        unfitted.fit(*data, **caps)
    busy = float(unfitted.timings_["seconds"].sum())
    return {**measures, "efficiency": busy / (slots_in_use() * measures["wall"])}


@contextmanager
def _measuring() -> Iterator[dict[str, float]]:
    """Measure a block's wall and processor seconds, and its peak of memory above the start."""
    measures: dict[str, float] = {}
    stop = threading.Event()
    before, peak = _memory(), [0]
    sampler = threading.Thread(target=_sample_memory, args=(stop, peak), daemon=True)
    sampler.start()
    clock, cpu = time.perf_counter(), _cpu_seconds()
    try:
        yield measures
    finally:
        measures["wall"] = time.perf_counter() - clock
        measures["cpu"] = _cpu_seconds() - cpu
        stop.set()
        sampler.join()
        measures["memory"] = max(peak[0], _memory()) - before


def _sample_memory(stop: threading.Event, peak: list[int]) -> None:
    """Keep the largest memory seen until ``stop`` is set; runs in a thread of its own."""
    while not stop.wait(SAMPLING_INTERVAL):
        peak[0] = max(peak[0], _memory())


def _memory() -> int:
    return sum(_of_all_processes(lambda process: process.memory_info().rss))


def _cpu_seconds() -> float:
    """Processor seconds so far, those of children that have ended included."""
    return sum(_of_all_processes(lambda process: sum(process.cpu_times()[:4])))


def _of_all_processes(measure: Callable[[psutil.Process], Any]) -> list[Any]:
    """A measure of this process and of each of its children; children may end meanwhile."""
    measures = []
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.Error):
            measures.append(measure(process))
    return measures
