"""The same fit under several settings of parallelism, so that users need not take our word."""

from __future__ import annotations

import math
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psutil
from sklearn.base import clone

from causal_dask.errors import CausalDaskWarning, InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.axes import axes_for
from causal_dask.runtime.threads import slots_in_use
from causal_dask.study.table import table_here
from causal_dask.tasks.models import takes_threads, thread_parameter
from causal_dask.tasks.rows import take_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT = "default"
EVERY = 0.02
"""Seconds between two looks at memory."""

STAGES = ("nuisance", "propensity", "treatment")


@dataclass(frozen=True, slots=True)
class ParallelismReport:
    """What ``compare_parallelism`` has measured.

    Attributes
    ----------
    table : DataFrame
        A row per setting, quickest first: ``n_jobs``, ``n_jobs_cross_fitting``,
        ``n_jobs_base_learners``; medians over the repeats of ``wall`` and ``cpu`` seconds;
        ``ratio`` of the wall time to the default's; ``memory``, the bytes of this process and its
        children at their most beyond those before; ``efficiency``, the share of all threads' time
        that is spent in fits and predictions.
    runs : DataFrame
        The same for every run.
    """

    table: pd.DataFrame
    runs: pd.DataFrame = field(repr=False)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the wall time of each setting, a dot per run.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Left out: those of a new figure.

        Returns
        -------
        matplotlib Axes
        """
        ax = axes_for(ax, height=1.2 + 0.35 * len(self.table))
        names = list(self.table.index)
        colours = ["C1" if name == DEFAULT else "C0" for name in names]
        ax.barh(names, self.table["wall"], color=colours, alpha=0.6)
        ax.plot(self.runs["wall"], self.runs["setting"], "k.", markersize=4)
        ax.invert_yaxis()
        ax.set(xlabel="seconds of a fit")
        return ax


def compare_parallelism(  # noqa: PLR0913 - data, settings, and how often
    learner: MetaLearner,
    X: Any,
    y: Any,
    w: Any,
    settings: Mapping[str, Mapping[str, int | None]] | None = None,
    sample: float | None = None,
    n_repeats: int = 3,
) -> ParallelismReport:
    """Fit a learner under several settings of parallelism, in turns, and measure each.

    Runs on whatever scheduler Dask would use, which is asked for its number of threads.

    Parameters
    ----------
    learner : MetaLearner
        With its base models; fitted or not, it stays as it is.
    X, y, w
        As in ``fit``.
    settings : dict of dicts, optional
        By name, any of ``n_jobs`` (threads of every base model with a parameter and a use for it),
        ``n_jobs_cross_fitting`` and ``n_jobs_base_learners``; what is left out, or None, is left to
        the graph. Left out: nothing set, each level alone, and combinations.
    sample : float or int, optional
        The share or number of rows to use, drawn at random. Left out: all.
    n_repeats : int, default 3
        How often each setting is run, after one run of the default that is not counted.

    Returns
    -------
    ParallelismReport

    Raises
    ------
    InvalidInput
        If a setting has another key, or ``sample`` or ``n_repeats`` cannot be used.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from causal_dask import TLearner, compare_parallelism
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = TLearner(nuisance_model_factory=Ridge, n_folds=2, random_state=0)
    >>> settings = {"default": {}, "one fit at a time": {"n_jobs_cross_fitting": 1,
    ...                                                  "n_jobs_base_learners": 1}}
    >>> report = compare_parallelism(learner, study.X, study.y, study.w, settings, n_repeats=1)
    >>> sorted(report.table.index)
    ['default', 'one fit at a time']
    """
    settings = default_settings(slots_in_use()) if settings is None else settings
    _check(settings, n_repeats)
    data = _sampled(X, y, w, sample)
    _measured_run(learner, {}, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalDaskWarning)  # the run before has said it all
        runs = _runs(learner, settings, data, n_repeats)
    return _report(pd.DataFrame(runs), settings)


def _runs(
    learner: MetaLearner,
    settings: Mapping[str, Mapping[str, Any]],
    data: tuple[Any, Any, Any],
    n_repeats: int,
) -> list[dict[str, Any]]:
    """The measures of every run, settings by turns."""
    return [
        {"setting": name, "repeat": repeat, **_measured_run(learner, setting, data)}
        for repeat in range(n_repeats)
        for name, setting in settings.items()
    ]


def default_settings(n_threads: int) -> dict[str, dict[str, int | None]]:
    """Nothing set; all threads to one level; and two levels together."""
    half = max(2, round(math.sqrt(n_threads)))
    alone = {"n_jobs_cross_fitting": 1, "n_jobs_base_learners": 1}
    return {
        DEFAULT: {},
        "base models only": {"n_jobs": n_threads, **alone},
        "folds only": {**alone, "n_jobs": 1, "n_jobs_cross_fitting": None},
        "models only": {**alone, "n_jobs": 1, "n_jobs_base_learners": None},
        "base models and folds": {**alone, "n_jobs": half, "n_jobs_cross_fitting": None},
        "base models and models": {**alone, "n_jobs": half, "n_jobs_base_learners": None},
        "one fit at a time": {"n_jobs": 1, **alone},
    }


def _check(settings: Mapping[str, Mapping[str, Any]], n_repeats: int) -> None:
    known = ("n_jobs", "n_jobs_cross_fitting", "n_jobs_base_learners")
    for name, setting in settings.items():
        if unknown := [key for key in setting if key not in known]:
            raise InvalidInput(f"The setting {name!r} has {unknown}; there are {list(known)}.")
    if not settings or n_repeats < 1:
        raise InvalidInput(
            f"'settings' and 'n_repeats' must be one or more. Got {len(settings)} and {n_repeats}."
        )


def _sampled(X: Any, y: Any, w: Any, sample: float | None) -> tuple[Any, Any, Any]:
    """The data, or some rows of them at random."""
    if sample is None:
        return X, y, w
    table, n_rows = table_here(X).content, len(y)
    size = round(sample * n_rows) if isinstance(sample, float) else sample
    if not 1 <= size <= n_rows:
        raise InvalidInput(
            f"'sample' must be a share of the rows or a number of them, up to {n_rows:,}. "
            f"Got {sample!r}."
        )
    rows = np.sort(np.random.default_rng(0).choice(n_rows, size, replace=False))
    return take_rows(table, rows), np.asarray(y)[rows], np.asarray(w)[rows]


def _measured_run(
    learner: MetaLearner, setting: Mapping[str, Any], data: tuple[Any, Any, Any]
) -> dict[str, float]:
    """One fit: wall and processor seconds, memory, and how busy the threads were."""
    caps = {name: value for name, value in setting.items() if name != "n_jobs"}
    fresh = with_threads(learner, setting.get("n_jobs"))
    with _watched() as seen:
        fresh.fit(*data, **caps)
    spent = float(fresh.timings_["seconds"].sum())
    return {**seen, "efficiency": spent / (slots_in_use() * seen["wall"])}


def with_threads(learner: MetaLearner, n_jobs: int | None) -> MetaLearner:
    """An unfitted copy whose base models take so many threads, those that can be told."""
    fresh = clone(learner)
    if n_jobs is None:
        return fresh
    for stage in STAGES:
        factory = getattr(fresh, f"{stage}_model_factory")
        params = getattr(fresh, f"{stage}_model_params") or {}
        name = _thread_parameter(factory)
        if name is not None:
            setattr(fresh, f"{stage}_model_params", {**params, name: n_jobs})
    return fresh


def _thread_parameter(factory: Any) -> str | None:
    """What an estimator calls its number of threads, if it has one."""
    if factory is None or isinstance(factory, Mapping):
        return None
    made = factory() if isinstance(factory, type) else factory
    told = hasattr(made, "get_params") and takes_threads(made)
    return thread_parameter(made) if told else None


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """Wall and processor seconds of a block, and the most memory it took beyond that before."""
    seen: dict[str, float] = {}
    stop = threading.Event()
    before, most = _memory(), [0]
    watcher = threading.Thread(target=_watch, args=(stop, most), daemon=True)
    watcher.start()
    clock, cpu = time.perf_counter(), _cpu()
    try:
        yield seen
    finally:
        seen["wall"], seen["cpu"] = time.perf_counter() - clock, _cpu() - cpu
        stop.set()
        watcher.join()
        seen["memory"] = max(most[0], _memory()) - before


def _watch(stop: threading.Event, most: list[int]) -> None:
    while not stop.wait(EVERY):
        most[0] = max(most[0], _memory())


def _memory() -> int:
    return sum(_each(lambda process: process.memory_info().rss))


def _cpu() -> float:
    return sum(_each(lambda process: sum(process.cpu_times()[:4])))


def _each(look: Any) -> list[Any]:
    """What is seen of this process and its children; of those that have gone, nothing."""
    found = []
    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.Error):
            found.append(look(process))
    return found


def _report(runs: pd.DataFrame, settings: Mapping[str, Mapping[str, Any]]) -> ParallelismReport:
    """Medians by setting, quickest first."""
    measured = runs.drop(columns="repeat").groupby("setting").agg(median)
    names = ("n_jobs", "n_jobs_cross_fitting", "n_jobs_base_learners")
    asked = pd.DataFrame(
        [[setting.get(name) for name in names] for setting in settings.values()],
        index=pd.Index(settings, name="setting"),
        columns=list(names),
    ).astype("Int64")
    baseline = measured["wall"].get(DEFAULT, measured["wall"].min())
    table = asked.join(measured)
    table.insert(4, "ratio", table["wall"] / baseline)
    return ParallelismReport(table.sort_values("wall"), runs)
