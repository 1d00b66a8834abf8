"""The progress bar, the tables and the figure of quit_smoking.py. It estimates nothing itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from distributed import as_completed, futures_of
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from causal_dask import MetaLearner, Plan, simplify_output
from causal_dask.datasets import ObservedData
from causal_dask.formulas.propensities import effective_sample_size, inverse_weights, outside
from causal_dask.graph.node import Node

Learners = Mapping[str, MetaLearner]

NORMAL_95 = 1.96
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CIGARETTES = ((1, 10), (11, 20), (21, 30), (31, 80))

console = Console()


def follow(plans: Sequence[Plan]) -> None:
    """Show what finishes on the cluster, by the labels of the plans, until everything has."""
    names = {plan.keys[key]: plan.labels.get(key, "") for plan in plans for key in plan.nodes}
    futures = set(futures_of(plans))
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=len(futures))
        for future in as_completed(futures):
            progress.update(bar, advance=1, description=str(names[future.key]))
        progress.update(bar, description="models and predictions")


def show_effects(fitted: Learners, study: ObservedData) -> None:
    """The average effects and how the effects are spread."""
    averages = Table("kg gained by quitting", "estimate", "95 % interval", title="Average effect")
    averages.add_row("crude difference", f"{crude_difference(study):.2f}", "")
    for name, learner in fitted.items():
        estimate, low, high = interval(learner)
        averages.add_row(name, f"{estimate:.2f}", f"{low:.2f} to {high:.2f}")
    console.print(averages)

    spread = Table("kg", *(f"{share:.0%}" for share in QUANTILES), title="Quantiles of the CATE")
    for name, learner in fitted.items():
        quantiles = np.quantile(simplify_output(learner.predict(study.X)), QUANTILES)
        spread.add_row(name, *(f"{quantile:.2f}" for quantile in quantiles))
    console.print(spread)


def show_overlap(learner: MetaLearner, study: ObservedData) -> None:
    """Whether the two groups can be compared: propensities, and what weighting costs."""
    propensities = learner.predict_nuisance(study.X, "propensity_model", 0)
    weights = inverse_weights(propensities, study.w, learner.clipping_threshold_)
    clipped = outside(propensities, learner.clipping_threshold_)
    table = Table("", "propensity to quit", "clipped", "rows", "effective sample size")
    table.title = "Overlap"
    everyone = np.ones(len(study.w), dtype=bool)
    groups = {"smoked on": study.w == 0, "quit": study.w == 1, "all": everyone}
    for name, rows in groups.items():
        low, high = propensities[rows, 1].min(), propensities[rows, 1].max()
        table.add_row(
            name,
            f"{low:.2f} to {high:.2f}",
            f"{clipped[rows].sum()}",
            f"{rows.sum():,}",
            f"{effective_sample_size(weights[rows]):,.0f}",
        )
    console.print(table)


def show_work(plans: Sequence[Plan]) -> None:
    """How many fits and tasks there were, and how many of them sharing has saved."""
    nodes = [node for plan in plans for node in plan.nodes.values()]
    apart = [node.key for node in nodes if isinstance(node, Node)]  # the others are data
    table = Table("", "apart", "together", "saved", title="Work")
    for name, prefix in (("fits", "fit-"), ("tasks", "")):
        keys = [key for key in apart if key.startswith(prefix)]
        together = len(set(keys))
        table.add_row(name, str(len(keys)), str(together), str(len(keys) - together))
    console.print(table)


def draw_effects(fitted: Learners, study: ObservedData, path: Path) -> None:
    """The spread of the effects, and their means by how much people smoked."""
    effects = {name: simplify_output(one.predict(study.X)) for name, one in fitted.items()}
    _, low, high = interval(next(iter(fitted.values())))
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.axvspan(low, high, color="0.9", label="average effect, 95 % interval")
    right.axhspan(low, high, color="0.9")
    left.axvline(crude_difference(study), color="0.4", linestyle=":", label="crude difference")
    _draw_spread(left, effects)
    _draw_means(right, effects, study.X["smokeintensity"].to_numpy())
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.savefig(path, dpi=120)


def interval(learner: MetaLearner) -> tuple[float, float, float]:
    """The average effect and the ends of its 95 % interval."""
    (estimate,), (error,) = learner.average_treatment_effect()
    return estimate, estimate - NORMAL_95 * error, estimate + NORMAL_95 * error


def crude_difference(study: ObservedData) -> float:
    """How much more the quitters gained."""
    return float(study.y[study.w == 1].mean() - study.y[study.w == 0].mean())


def _draw_spread(axes: Axes, effects: Mapping[str, np.ndarray]) -> None:
    bins = np.arange(-10, 18, 0.5)
    for name, values in effects.items():
        axes.hist(values, bins=bins, histtype="step", label=name, linewidth=1.5)
    axes.set(xlabel="effect on weight, kg", ylabel="people", title="Estimated effects of quitting")


def _draw_means(axes: Axes, effects: Mapping[str, np.ndarray], cigarettes: np.ndarray) -> None:
    groups = [(cigarettes >= low) & (cigarettes <= high) for low, high in CIGARETTES]
    names = [f"{low} to {high}" for low, high in CIGARETTES]
    for values in effects.values():
        axes.plot(names, [values[rows].mean() for rows in groups], "o-")
    axes.set(xlabel="cigarettes a day in 1971", ylabel="mean effect on weight, kg", ylim=(0, 6))
    axes.set_title("by how much people smoked")
