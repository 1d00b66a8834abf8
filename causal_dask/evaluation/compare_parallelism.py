"""Compare the same fit under several settings of parallelism, on the user's own data."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from causal_dask.axes import axes_for
from causal_dask.display import Block, Shown
from causal_dask.errors import CausalDaskWarning, InvalidInput, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.measure_fit import measure_fit
from causal_dask.evaluation.parallelism_settings import (
    DEFAULT,
    LEVELS,
    check_settings,
    default_settings,
)
from causal_dask.runtime.threads import slots_in_use
from causal_dask.study.tables.table import table_here
from causal_dask.tasks.rows import take_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, repr=False)
class ParallelismReport(Shown):
    """The measures of ``compare_parallelism``.

    Attributes
    ----------
    table : DataFrame
        A row per setting, fastest first: ``n_jobs``, ``n_jobs_cross_fitting``,
        ``n_jobs_base_learners``; medians over the repeats of ``wall`` and ``cpu`` seconds;
        ``ratio`` of the wall time to the default's; ``memory``, the peak in bytes of this
        process and its children above that before the fit; ``efficiency``, the share of all
        threads' time that is spent in fits and predictions.
    runs : DataFrame
        The same for every run.
    """

    table: pd.DataFrame
    runs: pd.DataFrame

    def _parts(self) -> list[Block]:
        in_mb = self.table["memory"] / 1e6
        table = self.table.drop(columns="memory").assign(**{"memory (MB)": in_mb})
        n_runs = int(self.runs.groupby("setting").size().max())
        each = f"median of {n_runs} runs" if n_runs > 1 else "one run"
        return [f"Seconds of a fit by settings of parallelism ({each} of each)", table]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the wall time of each setting, a dot per run.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default those of a new figure.

        Returns
        -------
        matplotlib Axes
        """
        ax = axes_for(ax, height=1.2 + 0.35 * len(self.table))
        names = list(self.table.index)
        colours = ["C1" if name == DEFAULT else "C0" for name in LEVELS]
        ax.barh(names, self.table["wall"], color=colours, alpha=0.6)
        ax.plot(self.runs["wall"], self.runs["setting"], "k.", markersize=4)
        ax.invert_yaxis()
        ax.set(xlabel="seconds of a fit")
        return ax


@ShortTraceback()
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

    Fits run on the scheduler that Dask would use, whose number of threads decides the default
    settings.

    Parameters
    ----------
    learner : MetaLearner
        Fitted or not; copies of it are fitted.
    X, y, w
        As in ``fit``.
    settings : dict of dicts, optional
        By name, any of ``n_jobs`` (threads of every base model that has such a parameter and can
        use them), ``n_jobs_cross_fitting`` and ``n_jobs_base_learners``; None, like a missing key,
        sets nothing. By default: nothing set, each level alone, and combinations.
    sample : float or int, optional
        The share or number of rows to use, drawn at random. By default all.
    n_repeats : int, default 3
        The runs of each setting, after a first run that is not counted: it imports and warns.

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
    check_settings(settings)
    if not settings or n_repeats < 1:
        raise InvalidInput(
            f"'settings' and 'n_repeats' must be one or more. Got {len(settings)} and {n_repeats}."
        )
    data = _sampled(X, y, w, sample)
    measure_fit(learner, {}, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalDaskWarning)  # the first run has given them
        runs = _runs(learner, settings, data, n_repeats)
    return _report(pd.DataFrame(runs), settings)


def _runs(
    learner: MetaLearner,
    settings: Mapping[str, Mapping[str, Any]],
    data: tuple[Any, Any, Any],
    n_repeats: int,
) -> list[dict[str, Any]]:
    """The measures of every run; settings take turns, so that slow drifts affect all alike."""
    return [
        {"setting": name, "repeat": repeat, **measure_fit(learner, setting, data)}
        for repeat in range(n_repeats)
        for name, setting in settings.items()
    ]


def _sampled(X: Any, y: Any, w: Any, sample: float | None) -> tuple[Any, Any, Any]:
    """The data, or a random sample of its rows."""
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


def _report(runs: pd.DataFrame, settings: Mapping[str, Mapping[str, Any]]) -> ParallelismReport:
    """The medians of each setting, fastest first."""
    medians = runs.drop(columns="repeat").groupby("setting").agg(median)
    levels = pd.DataFrame(
        [[setting.get(name) for name in LEVELS] for setting in settings.values()],
        index=pd.Index(settings, name="setting"),
        columns=list(LEVELS),
    ).astype("Int64")
    baseline = medians["wall"].get(DEFAULT, medians["wall"].min())
    table = levels.join(medians)
    table.insert(len(LEVELS) + 1, "ratio", table["wall"] / baseline)  # beside the wall time
    return ParallelismReport(table.sort_values("wall"), runs)
