"""Draw what is gained by treating more rows, or by spending more, with bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from causal_dask.axes import axes_for, colour_of, literal, result_and_axes
from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.inference.heterogeneity.rank_curve import RankCurve, rank_curve
from causal_dask.inference.policies.budget_curve import BudgetCurve
from causal_dask.tasks.rows import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@ShortTraceback()
def plot_curve(
    curve: RankCurve | BudgetCurve | Any, X: Any = None, ax: Axes | None = None, level: float = 0.95
) -> Axes:
    """Draw a curve with a band that holds for all of it.

    Parameters
    ----------
    curve : RankCurve, BudgetCurve or fitted learner
        Made by ``rank_curve`` or ``budget_curve``; of a learner, the rank curve of its judged
        effects of ``X``.
    X : table of shape (n_rows, n_features), optional
        Of a learner: its training data. With a curve, the second argument may be ``ax``.
    ax : matplotlib Axes, optional
        By default those of a new figure.
    level : float, default 0.95
        Of the band.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidType, InvalidInput
        If ``curve`` is none of these; as ``judged_effects``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from causal_dask import JudgedEffects, Scores, plot_curve, rank_curve
    >>> rng = np.random.default_rng(0)
    >>> effect = rng.normal(size=500)
    >>> scores = Scores((effect + rng.normal(size=500))[None, :, None], ("none", "some"))
    >>> plot_curve(rank_curve(JudgedEffects(effect, scores))).get_xlabel()
    'share treated'
    """
    curve, ax = result_and_axes(
        curve, X, ax, lambda own, rows: rank_curve(own.judged_effects(rows))
    )
    if not isinstance(curve, RankCurve | BudgetCurve):
        raise InvalidType(
            "'curve' must be what rank_curve() or budget_curve() returns, or a fitted learner. Got "
            f"{type(curve).__name__}."
        )
    table = curve.to_frame(level, simultaneous=True)
    ax = axes_for(ax, height=3.6)
    of_ranks = isinstance(curve, RankCurve)
    at = curve.fractions if isinstance(curve, RankCurve) else curve.budgets
    names = table.index.get_level_values(1).unique()
    for k, name in enumerate(names):
        own = table.xs(name, level=1)
        label = literal(name if of_ranks else f"over {name}")
        starts_at_0 = not (isinstance(curve, RankCurve) and curve.measure == "toc")
        x, *lines = (
            _from_zero(np.asarray(column), starts_at_0)
            for column in (at, own["estimate"], own["lower"], own["upper"])
        )
        ax.plot(x, lines[0], color=colour_of(k + 1), label=label)
        ax.fill_between(x, lines[1], lines[2], color=colour_of(k + 1), alpha=0.15, linewidth=0)
    ax.axhline(0, color="0.4", linestyle="--", linewidth=1)
    title = curve.title.partition(", by")[0].partition(" by budget")[0]
    ax.set(xlabel="share treated" if of_ranks else "budget per row", ylabel=literal(title))
    ax.legend()
    return ax


def _from_zero(values: Array, starts_at_0: bool) -> Array:
    """A line that begins where nothing is spent, and nothing gained."""
    return np.concatenate([[0.0], values]) if starts_at_0 else values
