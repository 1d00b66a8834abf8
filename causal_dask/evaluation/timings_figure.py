"""Draw the timings of a fit as a Gantt chart: what ran when, on which worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from causal_dask.axes import axes_for, colour_of
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import check_training_rows, fitted_state

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STAGES = ("nuisance", "treatment", "")
OTHERS = "everything else"


@ShortTraceback()
def plot_timings(learner: MetaLearner, X: Any = None, ax: Axes | None = None) -> Axes:
    """Draw when each task of a fit ran, in a row per worker and thread, coloured by stage.

    Parameters
    ----------
    learner : fitted learner
        Any.
    X : table of shape (n_rows, n_features), optional
        The training data, checked if given. Timings are known without.
    ax : matplotlib Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib Axes
        A Gantt chart; fits are opaque, predictions pale.

    Raises
    ------
    InvalidInput
        If nothing was timed, as in a learner whose models were all given.
    NotFitted, InvalidType
        As ``overlap_report``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from causal_dask import TLearner, plot_timings
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = TLearner(nuisance_model_factory=Ridge, n_folds=5, random_state=0)
    >>> plot_timings(learner.fit(study.X, study.y, study.w)).get_xlabel()
    'seconds'
    """
    fitted_state(learner)
    check_training_rows(learner, X)
    return draw_timings(learner.timings_, ax)


def draw_timings(timings: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a table of timings, which may be that of several learners."""
    if timings.empty:
        raise InvalidInput("Nothing was timed in this fit: all its results existed before.")
    threads = list(dict.fromkeys(zip(timings["worker"], timings["thread"], strict=True)))
    ax = axes_for(ax, height=1.2 + 0.3 * len(threads))
    for number, stage in enumerate(STAGES):
        _draw_stage(ax, timings[timings["stage"] == stage], threads, number)
    ax.set_yticks(range(len(threads)), _names(threads))
    ax.invert_yaxis()
    ax.set(xlabel="seconds", xlim=(0, timings["end"].max()))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(STAGES), frameon=False)
    return ax


def _draw_stage(
    ax: Axes, timings: pd.DataFrame, threads: list[tuple[str, int]], number: int
) -> None:
    """Draw the bars of one stage, with one entry in the legend."""
    name: str | None = STAGES[number] or OTHERS
    for row, (worker, thread) in enumerate(threads):
        here = timings[(timings["worker"] == worker) & (timings["thread"] == thread)]
        for is_fit, bars in here.groupby(here["task"] == "fit"):
            ax.broken_barh(
                list(zip(bars["start"], bars["seconds"], strict=True)),
                (row - 0.4, 0.8),
                facecolors=colour_of(number),
                alpha=0.9 if is_fit else 0.35,
                edgecolor="white",
                linewidth=0.3,
                label=name if is_fit or not STAGES[number] else None,
            )
            name = name if not is_fit and STAGES[number] else None


def _names(threads: list[tuple[str, int]]) -> list[str]:
    """A name for each thread: its worker's address, and its number on the worker."""
    counts: dict[str, int] = {}
    names = []
    for worker, _ in threads:
        counts[worker] = counts.get(worker, 0) + 1
        names.append(f"{worker}, thread {counts[worker]}")
    return names
