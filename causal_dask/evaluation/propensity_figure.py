"""Draw the propensities as a band of histograms for each variant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from causal_dask.axes import axes_for, colour_of, literal
from causal_dask.errors import ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import Assignment, assignment_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = np.linspace(0, 1, 51)

BAND = 0.88
"""The height of a band's highest bar, as a share of the band's."""

FILL = 0.5
"""The opacity of all histograms of a band together."""


@ShortTraceback()
def plot_propensities(learner: MetaLearner, X: Any = None, ax: Axes | None = None) -> Axes:
    """Draw how each variant's propensity is spread among the rows of each variant.

    Where the histograms of a band cover the same values, the variants overlap. Propensities in
    the grey margins were clipped.

    Parameters
    ----------
    learner : fitted XLearner, RLearner or DRLearner
        With cross-fitted or known propensities.
    X : table of shape (n_rows, n_features), optional
        The training data, whose propensities are drawn. A learner knows them without; other rows
        are refused.
    ax : matplotlib Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib Axes
        With a band per variant (for two variants, that of the treatment only), and in each a
        histogram per variant, all scaled to the band's height. The legend names the variants.

    Raises
    ------
    InvalidInput, NotFitted, InvalidType
        As ``overlap_report``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression, Ridge
    >>> from causal_dask import XLearner, plot_propensities
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = XLearner(
    ...     nuisance_model_factory=Ridge,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=Ridge,
    ...     n_folds=5,
    ...     random_state=0,
    ... )
    >>> axes = plot_propensities(learner.fit(study.X, study.y, study.w))
    >>> axes.get_xlabel()
    'propensity of 1'
    """
    assignment = assignment_of(learner, X)
    variants = assignment.variants
    shown = [1] if len(variants) == 2 else list(range(len(variants)))[::-1]  # from the bottom
    ax = axes_for(ax, height=3.6 if len(shown) == 1 else 1.2 + 1.3 * len(shown))
    for band, variant in enumerate(shown):
        _draw_band(ax, assignment, variant, band)
    low, high = assignment.bounds
    for start, end in ((0, low), (high, 1)):
        ax.axvspan(start, end, color="0.85", zorder=0, linewidth=0)
    ax.set(xlim=(0, 1), ylim=(0, len(shown)), ylabel="share of the variant's rows")
    if len(shown) == 1:
        ax.set(xlabel=literal(f"propensity of {variants[1]}"), yticks=[])
    else:
        ax.set(xlabel="propensity")
        middles = np.arange(len(shown)) + BAND / 2
        ax.set_yticks(middles, [literal(f"of {variants[k]}") for k in shown])
        ax.tick_params(axis="y", length=0)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[: len(variants)], labels[: len(variants)], title="rows of", loc="upper right")
    return ax


def _draw_band(ax: Axes, assignment: Assignment, variant: int, band: int) -> None:
    """Histograms of one variant's propensity, on top of the bands below."""
    propensity, w = assignment.propensities[:, variant], assignment.w
    numbers = range(len(assignment.variants))
    shares = [np.histogram(propensity[w == k], BINS)[0] / (w == k).sum() for k in numbers]
    tops = band + np.array(shares) * BAND / np.max(shares)
    for k, label in enumerate(assignment.variants):
        name, colour = literal(f"{label} ({(w == k).sum():,})"), colour_of(k)
        ax.stairs(tops[k], BINS, baseline=band, fill=True, color=colour, alpha=FILL / len(numbers))
        ax.stairs(tops[k], BINS, baseline=band, color=colour, linewidth=1.4, label=name)
    ax.axhline(band, color="0.3", linewidth=1, zorder=3)
