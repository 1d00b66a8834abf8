"""Draw figures as SVG elements in the colours of the page, with a title and a description."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from causal_dask.errors import CausalDaskWarning, MissingExtra, warn
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state
from causal_dask.evaluation.balance_figure import SHOWN, plot_balance
from causal_dask.evaluation.effects_figure import draw_effects
from causal_dask.evaluation.propensity_figure import plot_propensities
from causal_dask.evaluation.timings_figure import draw_timings
from causal_dask.inference.figures.curves import plot_curve
from causal_dask.inference.figures.groups import plot_gates
from causal_dask.inference.figures.policy_tree import plot_policy_tree
from causal_dask.inference.heterogeneity.gates import Gates
from causal_dask.inference.heterogeneity.rank_curve import RankCurve
from causal_dask.reports.answers import TreeFound
from causal_dask.selection.choice import Choice
from causal_dask.selection.figure import plot_choice

WIDTH = 5.4
"""The width of figures in inches, at which their words can be read on a phone."""

INK, PAPER = "#010203", "#fdfefd"
"""Colours that stand for those of the page's text and background until the page has them."""

OF_THE_PAGE = {
    INK: "currentColor",
    **dict.fromkeys((PAPER, "#ffffff"), "var(--paper, #fff)"),
    **dict.fromkeys(("#4d4d4d", "#666666", "#999999"), "var(--soft, #666)"),
    **dict.fromkeys(("#cccccc", "#d9d9d9", "#ebebeb"), "var(--line, #ccc)"),
    "#1f77b4": "var(--c0, #1f77b4)",
    "#ff7f0e": "var(--c1, #ff7f0e)",
    "#2ca02c": "var(--c2, #2ca02c)",
    "#d62728": "var(--c3, #d62728)",
}
"""What stands in the page for the colours that Matplotlib writes."""

STYLE = {
    "svg.hashsalt": "causal-dask",
    "svg.fonttype": "none",
    "font.size": 10.5,
    "savefig.facecolor": "none",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.facecolor": PAPER,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK
    ),
}

BESIDE = "The numbers are in the table below it."


class FigureFailed(CausalDaskWarning):
    """A figure of a page could not be drawn, and was left out."""


def matplotlib() -> Any:
    """Matplotlib with its figures, which need no display, unlike pyplot."""
    try:
        import matplotlib.figure  # noqa: PLC0415 - an extra
        import matplotlib.ticker  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra.named("matplotlib", "cli") from error
    return matplotlib


def ticks(low: float, high: float) -> list[float]:
    """Round numbers on a scale."""
    found = matplotlib().ticker.MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(at) for at in found if low <= at <= high]


def svg(height: float, draw: Callable[[Any], Any], title: str = "", words: str = BESIDE) -> str:
    """A figure as an SVG element; ``draw`` draws it into axes. One that fails is left out."""
    mpl = matplotlib()
    file = io.StringIO()
    try:
        with mpl.rc_context(STYLE):
            figure = mpl.figure.Figure(figsize=(WIDTH, height), layout="constrained")
            draw(figure.subplots())
            figure.savefig(file, format="svg", metadata={"Date": None})
    except Exception as error:  # noqa: BLE001 - whatever it is, the page is worth more
        warn(f"The figure {title!r} is left out, as it could not be drawn: {error}", FigureFailed)
        return ""
    return _inline(file.getvalue(), title, words)


def _inline(text: str, title: str, words: str) -> str:
    """An SVG file as an element of a page: its colours, identifiers of its own, what it shows."""
    inner = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    inner = re.sub(r' xmlns(:\w+)?="[^"]*"', "", inner)
    for colour, of_page in OF_THE_PAGE.items():
        inner = inner.replace(colour, of_page)
    own = re.sub(r"\W+", "-", title).strip("-").lower()
    inner = re.sub(r'( id="|url\(#|href="#)', rf"\1{own}-", inner)
    told = f"<title>{escape(title)}</title><desc>{escape(words)}</desc>"
    return re.sub(r"<svg([^>]*)>", lambda tag: f'<svg role="img"{tag[1]}>{told}', inner, count=1)


def choice(made: Choice) -> str:
    """How much worse than the best each candidate is."""

    def draw(ax: Any) -> None:
        plot_choice(made, ax).locator_params(axis="x", nbins=5)

    return svg(1.2 + 0.3 * len(made.table), draw, "How much worse the candidates are")


def effects(learner: MetaLearner, name: str, table: pd.DataFrame) -> str:
    """A histogram of one learner's effects; none for more than two classes."""
    prepared = fitted_state(learner).prepared
    if len(prepared.classes) > 2:
        return ""
    values = table.to_numpy().reshape(len(table), len(prepared.variants) - 1, -1)[:, :, -1]
    return svg(
        3.0,
        lambda ax: draw_effects(values, prepared.variants, ax, prepared.event),
        f"Effects of the rows, by {name}",
        "A histogram for each treatment. Their means and quantiles are in the table below.",
    )


def overlap(learner: MetaLearner) -> str:
    """Histograms of one learner's propensities."""
    n_variants = len(fitted_state(learner).prepared.variants)
    height = 3.0 if n_variants == 2 else 1.2 + 1.1 * n_variants
    return svg(height, lambda ax: plot_propensities(learner, ax=ax), "Propensities of each variant")


def balance(table: pd.DataFrame) -> str:
    """Differences of covariates before and after weighting."""
    n_shown = min(SHOWN, table["covariate"].nunique())
    title = "Balance of the covariates, before and after weighting"
    return svg(1.6 + 0.26 * n_shown, lambda ax: plot_balance(table, ax), title)


def answer(found: Any, title: str) -> str:
    """The figure of an answer about whom treatments work for, if it has one."""
    if isinstance(found, Gates):
        return svg(3.2, lambda ax: plot_gates(found, ax), title)
    if isinstance(found, RankCurve):
        return svg(3.2, lambda ax: plot_curve(found, ax), title)
    if isinstance(found, TreeFound):
        words = found.tree.to_text().replace("\n", "; ")
        return svg(2.8, lambda ax: plot_policy_tree(found.tree, ax), title, words)
    return ""


def timings(table: pd.DataFrame) -> str:
    """A Gantt chart of the tasks."""
    n_threads = len(table[["worker", "thread"]].drop_duplicates())
    words = "A bar for each task, in a row for each thread of a worker."
    return svg(1.4 + 0.3 * n_threads, lambda ax: draw_timings(table, ax), "What ran when", words)
