"""Draw effects of groups with their intervals, beside what was predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from causal_dask.axes import axes_for, colour_of, literal, result_and_axes
from causal_dask.errors import InvalidType, ShortTraceback
from causal_dask.inference.heterogeneity.gates import Gates
from causal_dask.inference.heterogeneity.gates import gates as gates_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@ShortTraceback()
def plot_gates(
    gates: Gates | Any, X: Any = None, ax: Axes | None = None, level: float = 0.95
) -> Axes:
    """Draw the effect of each group with its interval, and a cross for the predicted one.

    Parameters
    ----------
    gates : Gates or fitted learner
        Made by ``gates``; of a learner, those of its judged effects of ``X``.
    X : table of shape (n_rows, n_features), optional
        Of a learner: its training data. With GATEs, the second argument may be ``ax``.
    ax : matplotlib Axes, optional
        By default those of a new figure.
    level : float, default 0.95
        Of the intervals, which hold for all groups at once.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InvalidType, InvalidInput
        If ``gates`` are neither; as ``judged_effects``.
    MissingExtra
        If Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from causal_dask import JudgedEffects, Scores, gates, plot_gates
    >>> rng = np.random.default_rng(0)
    >>> effect = rng.normal(size=500)
    >>> scores = Scores((effect + rng.normal(size=500))[None, :, None], ("none", "some"))
    >>> plot_gates(gates(JudgedEffects(effect, scores))).get_xlabel()
    'group, from the smallest predicted effects to the largest'
    """
    gates, ax = result_and_axes(gates, X, ax, lambda own, rows: gates_of(own.judged_effects(rows)))
    if not isinstance(gates, Gates):
        raise InvalidType(
            "'gates' must be what gates() returns, or a fitted learner. Got "
            f"{type(gates).__name__}."
        )
    table = gates.to_frame(level, simultaneous=True)
    ax = axes_for(ax, height=3.6)
    n = len(gates.variants) - 1
    for k, variant in enumerate(gates.variants[1:]):
        own = table.iloc[k::n]
        at = np.arange(1, gates.n_groups + 1) + (k - (n - 1) / 2) * 0.15
        colour = colour_of(k + 1)
        errors = [own["estimate"] - own["lower"], own["upper"] - own["estimate"]]
        ax.errorbar(
            at, own["estimate"], errors, fmt="o", color=colour, capsize=3, label=literal(variant)
        )
        ax.plot(at, own["predicted"], "x", color=colour, alpha=0.7)
    ax.axhline(0, color="0.4", linestyle="--", linewidth=1)
    ax.plot([], [], "x", color="0.4", label="predicted")
    ax.set_xticks(range(1, gates.n_groups + 1))
    ax.set(
        xlabel="group, from the smallest predicted effects to the largest",
        ylabel=literal(f"average effect against {gates.variants[0]}"),
    )
    ax.legend()
    return ax
