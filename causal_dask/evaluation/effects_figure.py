"""Draw the effects of the rows as a histogram for each treatment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from causal_dask.axes import axes_for, colour_of, literal
from causal_dask.errors import InvalidInput, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.evaluation.predicted_effects import predicted_effects
from causal_dask.tasks.rows import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROUNDING = 1e-9
"""Effects are constant if they differ by at most this share of the largest."""


@ShortTraceback()
def plot_effects(learner: MetaLearner, X: Any = None, ax: Axes | None = None) -> Axes:
    """Draw how the estimated effects of each treatment are spread over the rows.

    Parameters
    ----------
    learner : fitted learner
        Any, for an outcome that is a number or one of two classes.
    X : table of shape (n_rows, n_features)
        The training data, whose effects are cross-fitted, or new data, as in ``predict``.
    ax : matplotlib Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib Axes
        With a histogram per treatment and a line at its mean. If the outermost 1 % of the effects
        would take most of the width, they are left out, and the figure says so.

    Raises
    ------
    InvalidInput
        If the outcome has more than two classes, or ``X`` other columns than in ``fit``.
    NotFitted, InvalidType
        As ``overlap_report``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from causal_dask import TLearner, plot_effects
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = TLearner(nuisance_model_factory=Ridge, n_folds=5, random_state=0)
    >>> plot_effects(learner.fit(study.X, study.y, study.w), study.X).get_xlabel()
    'estimated effect against 0'
    """
    prepared = fitted_state(learner).prepared
    effects = _effects(learner, X)
    return draw_effects(effects, prepared.variants, ax, prepared.event)


def draw_effects(
    effects: Array, variants: Sequence[Any], ax: Axes | None = None, event: Any = None
) -> Axes:
    """Draw effects of shape (n_rows, n_variants - 1), the variants' labels, and the event's."""
    ax = axes_for(ax, height=3.6)
    shown, n_beyond = _shown(effects)
    bins = np.linspace(*shown, 51).tolist()
    for number, label in enumerate(variants[1:], start=1):
        values, colour = effects[:, number - 1], colour_of(number)
        name = literal(f"{label}, mean {values.mean():.3g}")
        ax.hist(values, bins, histtype="stepfilled", color=colour, alpha=0.35, label=name)
        ax.axvline(values.mean(), color=colour, linewidth=1.5)
    ax.axvline(0, color="0.4", linestyle="--", linewidth=1)
    on = "" if event is None else f" on the probability of {event}"
    ax.set(xlabel=literal(f"estimated effect{on} against {variants[0]}"), ylabel="rows", xlim=shown)
    if n_beyond:
        title = f"{n_beyond:,} of {effects.size:,} effects are beyond the edges"
        ax.set_title(title, fontsize="small", color="0.4", loc="right")
    ax.legend()
    return ax


def _shown(effects: Array) -> tuple[tuple[float, float], int]:
    """The range to draw, and the number of effects beyond it.

    The whole range, unless the outermost 1 % of the effects take most of it: then the middle 99 %
    with a margin, which would be a few bars otherwise. Effects that differ by rounding alone are
    one bar.
    """
    whole = float(effects.min()), float(effects.max())
    rounding = ROUNDING * max(map(abs, whole))
    if whole[1] - whole[0] <= rounding:
        middle = (whole[0] + whole[1]) / 2
        around = 0.5 * abs(middle) or 0.5
        return (middle - around, middle + around), 0
    low, high = np.quantile(effects, [0.005, 0.995]).tolist()
    margin = 0.25 * (high - low)
    if whole[1] - whole[0] <= 3 * (high - low) or high - low <= rounding:
        return whole, 0
    low, high = max(low - margin, whole[0]), min(high + margin, whole[1])
    return (low, high), int(((effects < low) | (effects > high)).sum())


def _effects(learner: MetaLearner, X: Any) -> Array:
    """One column per treatment; of two classes, the effects on the second."""
    effects = predicted_effects(learner, X)
    if effects.shape[2] > 2:
        raise InvalidInput(
            f"The outcome has {effects.shape[2]} classes, and each has effects of its own. Draw "
            "predict(X)[:, :, c] for the class c that you mean."
        )
    return np.asarray(effects[:, :, -1])
