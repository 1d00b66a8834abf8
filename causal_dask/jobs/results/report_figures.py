"""Draw the figures of a report, as SVG elements of its page."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from causal_dask.axes import colour_of
from causal_dask.errors import MissingExtra
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.evaluation.effects_figure import draw_effects
from causal_dask.evaluation.propensity_figure import plot_propensities
from causal_dask.evaluation.timings_figure import draw_timings
from causal_dask.inference.figures.curves import plot_curve
from causal_dask.inference.figures.groups import plot_gates
from causal_dask.inference.figures.policy_tree import plot_policy_tree
from causal_dask.inference.heterogeneity.gates import Gates
from causal_dask.inference.heterogeneity.rank_curve import RankCurve
from causal_dask.jobs.estimates import Estimates
from causal_dask.jobs.for_whom import TreeFound
from causal_dask.selection.choice import Choice
from causal_dask.selection.figure import plot_choice

WIDTH = 7.0
"""The width of figures in inches; the page scales them."""


def matplotlib() -> Any:
    """Matplotlib with its figures, which need no display, unlike pyplot."""
    try:
        import matplotlib.figure  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra.named("matplotlib", "cli") from error
    return matplotlib


def svg(height: float, draw: Any) -> str:
    """A figure as an SVG element; ``draw`` draws it into axes."""
    mpl = matplotlib()
    with mpl.rc_context({"svg.hashsalt": "causal-dask", "svg.fonttype": "none"}):
        figure = mpl.figure.Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure.subplots())
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def choice(made: Choice) -> str:
    """How much worse than the best each candidate is."""
    return svg(1.2 + 0.3 * len(made.table), lambda ax: plot_choice(made, ax))


def average_effects(estimates: Estimates, level: float) -> str:
    """Average effects with their intervals, a row for each learner and treatment."""
    events = {ate.event for ate in estimates.ate.values()} - {None}
    on = "".join(f" on the probability of {event}" for event in events)
    rows = [
        (f"{name}: {label}", row, number)
        for name, ate in estimates.ate.items()
        for number, (label, row) in enumerate(ate.to_frame(level).iterrows(), start=1)
    ]

    def draw(ax: Any) -> None:
        for height, (_, row, number) in enumerate(rows):
            ax.plot([row["lower"], row["upper"]], [height] * 2, color=colour_of(number), lw=2)
            ax.plot(row["estimate"], height, "o", color=colour_of(number))
        ax.axvline(0, color="0.4", linestyle="--", linewidth=1)
        ax.set_yticks(range(len(rows)), [label for label, _, _ in rows])
        ax.set(xlabel=f"average effect{on}", ylim=(len(rows) - 0.5, -0.5))

    return svg(0.9 + 0.35 * len(rows), draw)


def effects(estimates: Estimates, name: str) -> str:
    """A histogram of one learner's effects."""
    learner = estimates.learners[name]
    table = estimates.effects[estimates.columns[name]].to_numpy()
    values = table.reshape(len(table), learner.n_variants_ - 1, -1)
    variants = [np.asarray(label).item() for label in learner.variants_]
    event = fitted_state(learner).prepared.event
    return svg(3.2, lambda ax: draw_effects(values[:, :, -1], variants, ax, event))


def overlap(estimates: Estimates, name: str) -> str:
    """Histograms of one learner's propensities."""
    n_variants = estimates.learners[name].n_variants_
    height = 3.2 if n_variants == 2 else 1.2 + 1.1 * n_variants
    return svg(height, lambda ax: plot_propensities(estimates.learners[name], ax))


def answer(found: Any) -> str:
    """The figure of an answer about whom treatments work for, if it has one."""
    if isinstance(found, Gates):
        return svg(3.2, lambda ax: plot_gates(found, ax))
    if isinstance(found, RankCurve):
        return svg(3.2, lambda ax: plot_curve(found, ax))
    if isinstance(found, TreeFound):
        return svg(3.0, lambda ax: plot_policy_tree(found.tree, ax))
    return ""


def timings(table: Any) -> str:
    """A Gantt chart of the tasks."""
    n_threads = len(table[["worker", "thread"]].drop_duplicates())
    return svg(1.4 + 0.3 * n_threads, lambda ax: draw_timings(table, ax))
