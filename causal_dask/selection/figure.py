"""Draw the losses of candidates as differences to the best, with their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from causal_dask.axes import axes_for, colour_of, literal
from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.selection.choice import Choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@ShortTraceback()
def plot_choice(choice: Choice, ax: Axes | None = None) -> Axes:
    """Draw how much worse than the best each candidate is, with one standard error.

    Parameters
    ----------
    choice : Choice
        Made by ``choose``.
    ax : matplotlib Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import SLearner, TLearner, choose, plot_choice
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learners = [cls(nuisance_model_factory=LinearRegression) for cls in (SLearner, TLearner)]
    >>> choice = choose(learners, study.X, study.y, study.w, random_state=0, refit=False)
    >>> [label.get_text() for label in plot_choice(choice).get_yticklabels()]
    ['T(LinearRegression)', 'S(LinearRegression)']
    """
    if not isinstance(choice, Choice):
        raise InvalidType(f"'choice' must be what choose() returns. Got {type(choice).__name__}.")
    table = choice.table[choice.table["error"].isna()]
    ax = axes_for(ax, height=1.2 + 0.3 * len(table))
    at = np.arange(len(table))
    near = table["in_one_std_error"].to_numpy(dtype=bool)
    for chosen, colour, label in ((near, colour_of(0), "within one standard error"),
                                  (~near, "0.6", "worse")):  # fmt: skip
        if chosen.any():
            own = table[chosen]
            ax.errorbar(
                own["difference"], at[chosen], xerr=own["difference_error"], fmt="o",
                color=colour, capsize=3, label=label,
            )  # fmt: skip
    ax.axvline(0, color="0.4", linestyle="--", linewidth=1)
    ax.set_yticks(at, [literal(name) for name in table.index])
    ax.invert_yaxis()
    name = "R-loss" if choice.loss == "r_loss" else "DR-loss"
    ax.set(xlabel=literal(f"{name} more than that of {choice.best}"))
    ax.legend()
    return ax
